"""Some hundred questions that are meant to break a search."""

HOSTILE = (
    # quotes and brackets
    '"', "'", '""', "''", '"""', '"unbalanced', 'unbalanced"', "(",
    ")", "((((", "))))", "(a", "a)", "[", "{", "{title}",
    "{title person} : (a)", '"a" "', '" "', "`", "“", "“curly”", "a'b\"c",
    # operators of FTS5
    "AND", "OR", "NOT", "a AND", "AND a", "a OR",
    "NOT a", "a NOT", "NEAR(", "NEAR(a b", "NEAR(a b, 5)", "NEAR/2",
    "a NEAR b", "title:a", "kind : candidate", "search_fts:a", "rowid:1", "-title : a",
    "^a", "a + b", "a*", "*", "**", "* a",
    'a" OR "b', 'a" *', "- -a", "--", "-", "-a -b -c",
    # operators of tsquery and SQL
    "a & b", "a & !b", "a | b", "!a", "!!", "a <-> b", "a <2> b", "<->",
    "a:*", "a:A", ":*", "a:*AB", "'a':A", "\\", "\\'", "a\\",
    "%", "_", "%%", "a_b", "100%", "' OR 1=1 --",
    "'; DROP TABLE search_entry; --", "$$a$$", "?", ":wanted", "%s", "%(x)s",
    "{0}", "{{7*7}}",
    # letters
    "\x00", "a\x00b", "\x02a\x03", "🎷", "👩‍💻", "🏳️‍🌈 a", "\u202ea",
    "\u200f", "\ufeff", "a\u0301\u0301\u0301", "日" * 500, "ﷺ", "İ", "ß", "ǅ",
    # length
    "a" * 10_000, "a " * 5_000, '"' * 10_000, "(" * 10_000, "-a " * 3_000, "tag:x " * 2_000, "a*" * 1_000, "\n" * 100,
    # filters
    "tag:", "tag:%", "tag:\x00", 'tag:"', 'role:"a',
    "stage:'", "consent:*", "owner:🎷", "due:maybe", "-tag:-tag:x", "pool:%_",
)  # fmt: skip
