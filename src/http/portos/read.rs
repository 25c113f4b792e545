//! What shows customers: `GET` of one and of many (portos.md section 2).

use std::collections::HashMap;

use super::customer::{Customer, QueryResult};
use super::words::CUSTOMER_WORDS;
use super::write::named;
use crate::customer;
use crate::error::Result;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::id::CustomerId;
use crate::profile::{Dossier, ProfilePage};
use crate::query::ndata::{self, Vocabulary};
use crate::query::{Filter, Op, Page, Query, TAKE_MAX, Value};
use crate::store::Store;

/// `GET /customers/{id}`.
pub(crate) fn get(call: &Call<'_>) -> Outcome<Answer> {
    let document = Customer::of(call.store, call.store.dossier(&named(call)?)?);
    Ok(call.unless_known(Answer::ok(&document)?))
}

/// `GET /customers`: filters, `Search`, and our own `Find`, which takes what a cashier types and
/// answers the surest matches first.
pub(crate) fn list(call: &Call<'_>) -> Outcome<Answer> {
    let store = call.store;
    let query = ndata::parse(call.query, &WORDS, store.currency()).map_err(Failure::Query)?;
    let text = ndata::parameter(call.query, FIND).map_err(Failure::Query)?;
    let page = match text.filter(|text| !text.is_empty()) {
        Some(text) => find(store, &text, query)?,
        None => store.list_dossiers(&query)?,
    };
    Ok(call.unless_known(Answer::ok(&QueryResult::of(store, page))?))
}

const FIND: &str = "Find";

const WORDS: Vocabulary = Vocabulary { ignored: &["$include", FIND], ..CUSTOMER_WORDS };

/// Of the first [`TAKE_MAX`] customers that `text` may mean, those that `query` asks for; in the
/// order of the search, unless the query has one.
fn find(store: &Store, text: &str, mut query: Query) -> Result<ProfilePage<Dossier>> {
    let found = store.find_customers(text, TAKE_MAX)?;
    let mut ids: Vec<CustomerId> = found.into_iter().map(|one| one.profile.customer.id).collect();
    let by_rank = query.sort.is_empty() && query.items;
    let is_alone = query.filters.is_empty() && query.search.is_none();
    let total = ids.len() as u64;
    let page = query.page;
    if by_rank {
        query.page = Page::default();
    }
    if by_rank && is_alone {
        ids = paged(ids, page);
    }
    let values = ids.iter().map(|id| Value::from(id.as_str())).collect();
    query.filters.push(Filter { column: customer::Customer::ID, ops: vec![Op::In(values)] });
    let mut answer = store.list_dossiers(&query)?;
    if let Some(items) = answer.items.as_mut().filter(|_| by_rank) {
        let rank: HashMap<_, _> = ids.iter().enumerate().map(|(rank, id)| (id, rank)).collect();
        items.sort_by_key(|one| rank.get(&one.profile.customer.id).copied());
        if is_alone {
            answer.total_count = query.total.then_some(total);
        } else {
            *items = paged(std::mem::take(items), page);
        }
        answer.count = items.len() as u64;
    }
    Ok(answer)
}

/// The part of a list that a page is.
pub(super) fn paged<T>(all: Vec<T>, page: Page) -> Vec<T> {
    let skip = usize::try_from(page.skip).unwrap_or(usize::MAX);
    all.into_iter().skip(skip).take(page.take as usize).collect()
}
