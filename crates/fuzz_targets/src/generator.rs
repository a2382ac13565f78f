//! Inputs made of a corpus by small damages, the same for the same seed.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Texts that break readers of any language: nesting, huge numbers, odd Unicode, lengths.
const ODD_WORDS: &[&[u8]] = &[
    b"\0",
    b"\xff\xfe",
    b"\xff\xff\xff\xff",
    b"\xed\xa0\x80",
    "\u{feff}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{85}".as_bytes(),
    "e\u{301}\u{fdfa}ß\u{1f9d1}\u{200d}\u{1f4bb}".as_bytes(),
    "İıſK".as_bytes(),
    b"\r\n",
    b"\n\n",
    b"\t",
    b"\"",
    b"\\",
    b"'",
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"-0",
    b"1e999999999",
    b"-1E-400",
    b"18446744073709551616",
    b"-9223372036854775809",
    b"0.1000000000000000055511151231257827",
    b"9999-12-31T23:59:60.999999999Z",
    b"NaN",
    b"[]",
    b"{}",
    b",",
    b":",
];

/// Openings and their ends, put around inputs many times.
const NESTS: &[(&[u8], &[u8])] = &[
    (b"[", b"]"),
    (b"{\"a\":", b"}"),
    (b"{a: ", b"}"),
    (b"\"{\\\"a\\\":", b"}\""),
    (b"- ", b""),
    (b"? ", b""),
    (b"(", b")"),
];

/// How deep generated inputs are nested at most: beyond every limit that a reader has.
const NESTING_MAX: usize = 300;
/// Damages per input.
const DAMAGES_MAX: usize = 6;

/// An endless stream of inputs.
#[derive(Debug)]
pub struct Generator<'a> {
    rng: StdRng,
    corpus: &'a [Vec<u8>],
    words: &'a [&'a str],
    bytes_max: usize,
}

impl<'a> Generator<'a> {
    /// Inputs of at most `bytes_max` bytes, made of `corpus` (which holds at least one input) and `words`.
    pub fn new(seed: u64, corpus: &'a [Vec<u8>], words: &'a [&'a str], bytes_max: usize) -> Generator<'a> {
        assert!(!corpus.is_empty(), "a corpus holds at least one input");
        Generator { rng: StdRng::seed_from_u64(seed), corpus, words, bytes_max }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.pick_input().to_vec();
        for _ in 0..self.rng.random_range(1..=DAMAGES_MAX) {
            self.damage(&mut input);
            input.truncate(self.bytes_max);
        }
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>) {
        let at = self.place(input);
        match self.rng.random_range(0..12) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.rng.random_range(0..8);
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.rng.random();
                }
            }
            2 => input.truncate(at),
            3 => {
                let range = self.range(input);
                input.drain(range);
            }
            // A range again, at its own end (repeated keys and lines) or elsewhere.
            4 | 5 => {
                let range = self.range(input);
                let at = if self.rng.random() { range.end } else { at };
                let copy = input[range].to_vec();
                insert(input, at, &copy);
            }
            6 => {
                let range = self.line(input);
                let copy = input[range.clone()].to_vec();
                insert(input, range.end, &copy);
            }
            7 => self.nest(input),
            // The begin of this one and the end of another one.
            8 => {
                let other = self.pick_input();
                let from = self.place(other);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            9 => self.replace_number(input),
            _ => {
                let word = self.word();
                insert(input, at, word);
            }
        }
    }

    fn pick_input(&mut self) -> &'a [u8] {
        let corpus = self.corpus;
        &corpus[self.rng.random_range(0..corpus.len())]
    }

    fn word(&mut self) -> &'a [u8] {
        let index = self.rng.random_range(0..ODD_WORDS.len() + 2 * self.words.len());
        match ODD_WORDS.get(index) {
            Some(word) => word,
            None => self.words[(index - ODD_WORDS.len()) / 2].as_bytes(),
        }
    }

    fn place(&mut self, input: &[u8]) -> usize {
        self.rng.random_range(0..=input.len())
    }

    fn range(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let (one, other) = (self.place(input), self.place(input));
        one.min(other)..one.max(other)
    }

    fn line(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let at = self.place(input);
        let start = input[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let end = input[at..].iter().position(|&byte| byte == b'\n').map_or(input.len(), |end| at + end + 1);
        start..end
    }

    /// Puts a small range deep into brackets.
    fn nest(&mut self, input: &mut Vec<u8>) {
        let (open, close) = NESTS[self.rng.random_range(0..NESTS.len())];
        let depth = self.rng.random_range(1..=NESTING_MAX);
        let start = self.place(input);
        let end = (start + self.rng.random_range(0..40)).min(input.len());
        insert(input, end, &close.repeat(depth));
        insert(input, start, &open.repeat(depth));
    }

    /// Writes another number where one stands.
    fn replace_number(&mut self, input: &mut Vec<u8>) {
        const NUMBERS: [&[u8]; 8] =
            [b"0", b"-1", b"0644", b"255", b"65536", b"4294967296", b"1.5", b"184467440737095516150"];
        let from = self.place(input);
        let Some(start) = input[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else {
            return;
        };
        let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = NUMBERS[self.rng.random_range(0..NUMBERS.len())];
        input.splice(start..start + digits, number.iter().copied());
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs_within_the_limit() {
        let corpus = [b"{\"a\": 1}\n{\"b\": 2}".to_vec(), b"- x".to_vec()];
        let inputs = |seed| {
            let mut generator = Generator::new(seed, &corpus, &["word"], 200);
            (0..500).map(|_| generator.next_input()).collect::<Vec<_>>()
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
        assert!(inputs(3).iter().all(|input| input.len() <= 200));
    }
}
