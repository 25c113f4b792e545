//! Paging: every list in pages, with links to the others (tratta.md 1.3).

use schemars::json_schema;

use super::envelope::{Links, Meta, Page, PerPage};
use super::form;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::route::Parameter;
use crate::query::{self, url};

/// A page has at most this many records.
const LIMIT_MAX: u64 = 500;
/// A page has so many records unless the caller says otherwise.
const LIMIT: u64 = 10;

/// The parameters of every list.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "limit",
        about: "At most so many records a page.",
        shape: |_| {
            json_schema!({
                "type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT,
                "examples": [20],
            })
        },
    },
    Parameter {
        name: "page",
        about: "Which page, from 1; what is no such number is 1.",
        shape: |_| json_schema!({"default": 1, "examples": [1]}),
    },
];

/// Which page of a list is asked for.
#[derive(Debug)]
pub(super) struct Paging<'a> {
    page: u64,
    limit: u64,
    /// As the caller has written it, if it has.
    sent_limit: Option<String>,
    query: &'a str,
    /// The list itself, without a query.
    path: String,
}

impl<'a> Paging<'a> {
    /// Reads `limit` and `page`.
    pub(super) fn of(call: &Call<'a>) -> Outcome<Self> {
        let sent = |name: &str| {
            let text = form::last(call.query, name)?.trim().to_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let sent_limit = sent("limit");
        let limit = sent_limit.as_deref().map_or(Some(LIMIT), |text| {
            digits(text).filter(|limit| (1..=LIMIT_MAX).contains(limit))
        });
        let limit = limit.ok_or_else(|| {
            Failure::violation("limit", format!("must be a whole number from 1 to {LIMIT_MAX}"))
        })?;
        let page = sent("page").and_then(|text| digits(&text)).unwrap_or(1).max(1);
        // Who names no host can follow a path on the same one.
        let path = call.origin().unwrap_or_default() + call.target;
        Ok(Self { page, limit, sent_limit, query: call.query, path })
    }

    /// What to ask the store for.
    pub(super) fn wanted(&self) -> query::Page {
        let skip = self.skip().min(i64::MAX.unsigned_abs());
        // At most `LIMIT_MAX`.
        query::Page { skip, take: u32::try_from(self.limit).unwrap_or(u32::MAX) }
    }

    fn skip(&self) -> u64 {
        (self.page - 1).saturating_mul(self.limit)
    }

    /// The page of a list that is at hand as a whole.
    pub(super) fn cut<T>(self, all: Vec<T>) -> Page<T> {
        let total = all.len() as u64;
        let skip = usize::try_from(self.skip()).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let data = all.into_iter().skip(skip).take(take).collect();
        self.page_of(data, total)
    }

    /// The page that `data` is, of a list of `total` records.
    pub(super) fn page_of<T>(self, data: Vec<T>, total: u64) -> Page<T> {
        let last_page = total.div_ceil(self.limit).max(1);
        let n_data = data.len() as u64;
        let links = Links {
            first: self.link(1),
            last: self.link(last_page),
            prev: (self.page > 1).then(|| self.link(self.page - 1)),
            next: (self.page < last_page).then(|| self.link(self.page + 1)),
        };
        let meta = Meta {
            current_page: self.page,
            from: (n_data > 0).then(|| self.skip() + 1),
            last_page,
            to: (n_data > 0).then(|| self.skip() + n_data),
            path: self.path,
            per_page: self.sent_limit.map_or(PerPage::Default(self.limit), PerPage::Sent),
            total,
        };
        Page { data, links, meta }
    }

    fn link(&self, page: u64) -> String {
        let is_page = |pair: &str| {
            let read = url::pairs(pair).next().map(|pair| pair.name.decode());
            read.is_some_and(|name| name.is_ok_and(|name| name == "page"))
        };
        let mut link = format!("{}?", self.path);
        for pair in self.query.split('&').filter(|pair| !pair.is_empty() && !is_page(pair)) {
            link += &format!("{pair}&");
        }
        link + &format!("page={page}")
    }
}

/// Digits and nothing else; more than anybody counts is the most.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}
