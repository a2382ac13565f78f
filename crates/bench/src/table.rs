//! Figures beside their goals, as a Markdown table.

/// A table that knows whether every goal was met.
#[derive(Debug, Default)]
pub(crate) struct Table {
    peer: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    cells: [String; 4],
    is_met: Option<bool>,
}

impl Table {
    /// A table with a column for a peer.
    pub(crate) fn beside(peer: &'static str) -> Table {
        Table { peer, rows: Vec::new() }
    }

    /// A figure with its goal, and whether it was met.
    pub(crate) fn goal(&mut self, what: &str, ours: String, theirs: &str, goal: String, is_met: bool) {
        self.rows.push(Row { cells: [what.to_owned(), ours, theirs.to_owned(), goal], is_met: Some(is_met) });
    }

    /// A figure without a goal.
    pub(crate) fn figure(&mut self, what: &str, ours: String, theirs: &str) {
        let cells = [what.to_owned(), ours, theirs.to_owned(), String::new()];
        self.rows.push(Row { cells, is_met: None });
    }

    /// Whether no goal was missed.
    pub(crate) fn is_met(&self) -> bool {
        self.rows.iter().all(|row| row.is_met != Some(false))
    }

    /// The table, each row with `met` or `missed` where there is a goal.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("| what | Margay | {} | goal | |\n|---|---|---|---|---|\n", self.peer);
        for Row { cells, is_met } in &self.rows {
            let verdict = match is_met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            };
            text.push_str(&format!("| {} | {verdict} |\n", cells.join(" | ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missed_goal_is_enough() {
        let mut table = Table::default();
        table.figure("p50", "1 ms".to_owned(), "2 ms");
        table.goal("rate", "6,000/s".to_owned(), "5,000/s", "≥ 5,000/s".to_owned(), true);
        assert!(table.is_met());
        table.goal("memory", "201 MiB".to_owned(), "", "≤ 200 MiB".to_owned(), false);
        assert!(!table.is_met());
        let markdown = table.markdown();
        let rows: Vec<&str> = markdown.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| p50 | 1 ms | 2 ms |  |  |",
                "| rate | 6,000/s | 5,000/s | ≥ 5,000/s | met |",
                "| memory | 201 MiB |  | ≤ 200 MiB | missed |",
            ]
        );
    }
}
