"""What was found, as Markdown, and what is wrong with it."""


class Report:
    """Rows of tables in the order in which they came, and problems that make the run fail."""

    def __init__(self):
        self.problems = []
        self._tables = {}

    def row(self, table, head, *cells):
        """Adds a row to the table of this name; `head` are its columns."""
        self._tables.setdefault((table, tuple(head)), []).append([str(cell) for cell in cells])

    def problem(self, text):
        self.problems.append(text)

    def markdown(self):
        parts = []
        for (table, head), rows in self._tables.items():
            lines = ["### %s" % table, "", _line(head), "|%s" % ("---|" * len(head))]
            parts.append("\n".join(lines + [_line(row) for row in rows]))
        return "\n\n".join(parts)


def _line(cells):
    return "| %s |" % " | ".join(cell.replace("|", "\\|") for cell in cells)


def thousands(number):
    return "{:,}".format(number)
