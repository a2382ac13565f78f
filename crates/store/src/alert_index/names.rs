//! Texts that many alerts share, as small numbers.

use std::collections::HashMap;

/// Numbers of texts, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    /// The number of a text, which gets one if it has none.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        number
    }

    /// The number of a text that some alert has.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// All texts, each at its number.
    pub(super) fn texts(&self) -> Vec<Box<str>> {
        let mut texts: Vec<Box<str>> = vec![Box::default(); self.numbers.len()];
        self.numbers.iter().for_each(|(text, number)| {
            if let Some(place) = texts.get_mut(*number as usize) {
                place.clone_from(text);
            }
        });
        texts
    }

    /// The numbers of those texts that `is_wanted` takes.
    pub(super) fn filter(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<u32> {
        let mut found: Vec<u32> =
            self.numbers.iter().filter(|(text, _)| is_wanted(text)).map(|(_, number)| *number).collect();
        found.sort_unstable();
        found
    }
}
