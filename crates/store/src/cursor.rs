//! Opaque cursors: the sort key of the last item of a page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::StoreError;
use crate::request::{Page, PageRequest};

/// No page is longer.
pub const PAGE_ITEMS_MAX: usize = 1000;

/// Sort key of a list: a number (time or row number), then an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) number: i64,
    pub(crate) id: String,
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.number, self.id))
    }

    fn decode(text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (number, id) = text.split_once(':')?;
        Some(Cursor { number: number.parse().ok()?, id: id.to_owned() })
    }
}

impl PageRequest {
    /// The key after which the page begins.
    pub(crate) fn after(&self) -> Result<Option<Cursor>, StoreError> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let cursor = Cursor::decode(text).ok_or_else(|| StoreError::BadCursor { cursor: text.clone() })?;
        Ok(Some(cursor))
    }

    /// How many items the page may have.
    pub(crate) fn item_count(&self) -> usize {
        self.limit.clamp(1, PAGE_ITEMS_MAX)
    }

    /// How many rows to ask for: one more than fit tells whether there is a next page.
    pub(crate) fn row_limit(&self) -> i64 {
        i64::try_from(self.item_count() + 1).unwrap_or(i64::MAX)
    }
}

impl<T> Page<T> {
    /// Cuts rows to a page; `key` gives the sort key of an item.
    pub(crate) fn cut(mut items: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> Cursor) -> Page<T> {
        let has_more = items.len() > request.item_count();
        items.truncate(request.item_count());
        let next = items.last().filter(|_| has_more).map(|last| key(last).encode());
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back() {
        let cursor = Cursor { number: -5, id: "a:b".into() };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        assert_eq!(Cursor::decode("nonsense!"), None);
        assert_eq!(Cursor::decode("YWJj"), None);
    }
}
