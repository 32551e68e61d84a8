// A discord.js bot for test_clients: `node bot.mjs API_URL TOKEN`. It says what it sees in lines of JSON, and does what
// lines of JSON on its standard input ask; hikari_bot.py speaks the same words.
import { createInterface } from "node:readline";
import {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, ChannelType, Client, Events, GatewayIntentBits, LabelBuilder,
  MessageFlags, ModalBuilder, OverwriteType, PermissionFlagsBits, SlashCommandBuilder, TextInputBuilder, TextInputStyle,
} from "discord.js";

const [api, token] = process.argv.slice(2);
const { Guilds, GuildMembers, GuildMessages, GuildVoiceStates } = GatewayIntentBits;
const client = new Client({
  intents: [Guilds, GuildMembers, GuildMessages, GuildVoiceStates],
  rest: { api: api.replace(/\/v10$/, "") },
});
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const place = (id) => client.channels.fetch(id);

client.on(Events.ShardReady, () => say({ event: "ready" }));
client.on(Events.ShardResume, () => say({ event: "resumed" }));
client.on(Events.VoiceStateUpdate, (before, after) =>
  say({ event: "voice", user: after.id, before: before.channelId, after: after.channelId }));
client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isAutocomplete()) {
    await interaction.respond([{ name: "The world", value: "world" }]);
  } else if (interaction.isChatInputCommand()) {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.editReply(`hello ${interaction.options.getString("name")}`);
    const again = new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary);
    await interaction.followUp({ content: "more?", components: [new ActionRowBuilder().addComponents(again)] });
  } else if (interaction.isButton()) {
    const why = new TextInputBuilder().setCustomId("why").setStyle(TextInputStyle.Short);
    const label = new LabelBuilder().setLabel("Why").setTextInputComponent(why);
    await interaction.showModal(new ModalBuilder().setCustomId("reason").setTitle("Tell").addLabelComponents(label));
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`because ${interaction.fields.getTextInputValue("why")}`);
  }
});

const deeds = {
  async register({ guild }) {
    const greet = new SlashCommandBuilder().setName("greet").setDescription("Greets")
      .addStringOption((o) => o.setName("name").setDescription("Whom").setRequired(true).setAutocomplete(true));
    const made = await client.application.commands.set([greet], guild);
    return [...made.values()].map((each) => each.name);
  },
  async open({ guild, name, user }) {
    const home = await client.guilds.fetch(guild);
    const channel = await home.channels.create({
      name, type: ChannelType.GuildVoice, userLimit: 3, reason: "für alice",
      permissionOverwrites: [
        { id: guild, type: OverwriteType.Role, deny: [PermissionFlagsBits.Connect] },
        { id: user, type: OverwriteType.Member, allow: [PermissionFlagsBits.Connect] },
      ],
    });
    return { id: channel.id, overwrites: channel.permissionOverwrites.cache.size, limit: channel.userLimit };
  },
  async lock({ channel, user }) {
    const denied = { Connect: false };
    return (await (await place(channel)).permissionOverwrites.edit(user, denied, { type: OverwriteType.Member })).id;
  },
  rename: async ({ channel, name }) => (await (await place(channel)).setName(name)).name,
  say: async ({ channel, text }) => (await (await place(channel)).send(text)).content,
  throw_out: async ({ guild, user }) =>
    (await (await (await client.guilds.fetch(guild)).members.fetch(user)).voice.disconnect()).id,
  async remove({ channel }) {
    return (await (await place(channel)).delete()).id;
  },
  // All that a bot usually looks at: whatever is missing in an answer, the library's classes stumble over.
  async look({ guild, channel, voice, user }) {
    const home = await client.guilds.fetch({ guild, force: true, withCounts: true });
    const text = await place(channel);
    const said = await text.send({ content: "look", embeds: [{ title: "t", fields: [{ name: "n", value: "v" }] }] });
    await said.react("👍");
    await said.pin();
    const thread = await said.startThread({ name: "thread" });
    await thread.send("in it");
    const event = await home.scheduledEvents.create({
      name: "event", scheduledStartTime: Date.now() + 3600_000, privacyLevel: 2, entityType: 2, channel: voice,
    });
    const role = await home.roles.create({ name: "made", colors: { primaryColor: 0x336699 } });
    const member = await home.members.fetch({ user, force: true });
    await member.roles.add(role);
    const hook = await text.createWebhook({ name: "hook" });
    await hook.send("by hook");
    const direct = await member.send("psst");
    const seen = {
      roles: (await home.roles.fetch()).size,
      channels: (await home.channels.fetch()).size,
      members: (await home.members.fetch()).size,
      threads: (await home.channels.fetchActiveThreads()).threads.size,
      events: (await home.scheduledEvents.fetch({ withUserCount: true })).size,
      history: (await text.messages.fetch({ limit: 10 })).size,
      pins: (await text.messages.fetchPins()).items.length,
      reactors: (await said.reactions.cache.first().users.fetch()).size,
      hooks: (await home.fetchWebhooks()).size,
      audit: (await home.fetchAuditLogs({ limit: 3 })).entries.size,
      bans: (await home.bans.fetch()).size,
      invites: (await home.invites.fetch()).size,
      direct: direct.content,
      application: (await client.application.fetch()).id,
    };
    await event.delete();
    await said.delete();
    return seen;
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { deed, ...given } = JSON.parse(line);
  try {
    say({ did: deed, result: (await deeds[deed](given)) ?? null });
  } catch (error) {
    say({ did: deed, failed: { status: error.status ?? null, code: error.code ?? null, says: String(error) } });
  }
}).on("close", () => client.destroy());

await client.login(token);
