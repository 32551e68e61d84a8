// What is only more comfortable with a script: a filter that is sent as it changes, all rows at once, a question first.
document.addEventListener("change", (event) => {
  const filter = event.target.closest("form[data-filter]");
  if (filter) filter.requestSubmit();
  const all = event.target.closest("input[data-all]");
  if (!all) return;
  for (const box of all.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = all.checked;
});
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (words && !confirm(words)) event.preventDefault();
});
