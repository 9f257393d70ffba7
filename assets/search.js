/* Ranks what the search of the site finds: a page whose title is what one
   looks for comes before pages that only mention it. */
"use strict";

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];

var Scorer = {
  // What Sphinx gives, by the kind of match.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,

  score: ([, title, anchor, , score]) => {
    const query = new URLSearchParams(location.search).get("q") || "";
    const wanted = wordsOf(query);
    const found = wordsOf(title.replace(/<span.*?<\/span>|<.*?>/g, ""));
    if (!wanted.length || !wanted.every((word) => found.includes(word)))
      return score;
    const share = wanted.length / found.length;
    return score + (anchor ? 50 : 100) * Math.min(share, 1);
  },
};

// In a folder, pages may not read each other to show an extract.
if (location.protocol === "file:")
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// Sphinx stumbles where a result leads to a place without text, or to one
// whose name has dots.
document.addEventListener("DOMContentLoaded", () => {
  const text = Search.htmlToText;
  Search.htmlToText = (html, anchor) =>
    text(html, anchor && `#${CSS.escape(anchor.slice(1))}`);
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (...found) =>
    summary(...found) ?? document.createElement("p");
});
