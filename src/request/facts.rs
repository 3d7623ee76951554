use std::cell::Cell;

use http::header::{HOST, ORIGIN};

use super::{RequestHead, fetch_metadata::FetchSite, fields::FieldValue};

/// The headers of a request that several decisions read, each looked up once.
#[derive(Debug)]
pub(crate) struct RequestFacts<'a> {
    head: RequestHead<'a>,
    origin: Cell<Option<FieldValue<'a>>>,
    host: Cell<Option<FieldValue<'a>>>,
    fetch_site: Cell<Option<FetchSite>>,
}

impl<'a> RequestFacts<'a> {
    #[inline]
    pub(crate) fn new(head: &RequestHead<'a>) -> Self {
        let (origin, host, fetch_site) = (Cell::new(None), Cell::new(None), Cell::new(None));
        Self { head: *head, origin, host, fetch_site }
    }

    pub(crate) fn head(&self) -> &RequestHead<'a> {
        &self.head
    }

    /// Returns the value of `Origin`.
    #[inline]
    pub(crate) fn origin(&self) -> FieldValue<'a> {
        read_once(&self.origin, || FieldValue::get(self.head.headers(), &ORIGIN))
    }

    /// Returns the value of `Host`.
    #[inline]
    pub(crate) fn host(&self) -> FieldValue<'a> {
        read_once(&self.host, || FieldValue::get(self.head.headers(), &HOST))
    }

    /// Returns the value of `Sec-Fetch-Site`.
    #[inline]
    pub(crate) fn fetch_site(&self) -> FetchSite {
        read_once(&self.fetch_site, || FetchSite::from_headers(self.head.headers()))
    }
}

#[inline]
fn read_once<T: Copy>(cell: &Cell<Option<T>>, read: impl FnOnce() -> T) -> T {
    cell.get().unwrap_or_else(|| {
        let value = read();
        cell.set(Some(value));
        value
    })
}
