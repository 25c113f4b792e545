//! `GET /customers`: filters, order and pages (synctera.md section 4).

use std::collections::{BTreeMap, BTreeSet};

use super::customer::{Customer, CustomerList, STATUSES};
use super::refusal::bad_query;
use crate::customer;
use crate::debt_account::DebtAccount;
use crate::error::Error;
use crate::http::TARGET_BYTES_MAX;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::id::{CustomerId, is_uuid};
use crate::page_token::{PageToken, PageTokenError};
use crate::query::{Column, Filter, Op, Pattern, Query, RowKey, Sort, Value, parameters};
use crate::store::Store;

/// A page has at most this many customers.
pub(super) const LIMIT_MAX: u32 = 100;

/// What a list can be sorted by.
pub(super) const SORTS: &[(&str, Column)] = &[
    ("creation_time", customer::Customer::CREATED_AT),
    ("first_name", customer::Customer::FIRST_NAME),
    ("last_name", customer::Customer::LAST_NAME),
    ("last_updated_time", customer::Customer::CHANGED_AT),
];

/// What is compared with a pattern.
const PATTERNS: &[(&str, Column)] = &[
    ("first_name", customer::Customer::FIRST_NAME),
    ("last_name", customer::Customer::LAST_NAME),
    ("email", customer::Customer::EMAIL),
    ("phone_number", customer::Customer::PHONE),
];

const ID: &str = "id";
const SSN_LAST_4: &str = "ssn_last_4";
const HAS_ACCOUNTS: &str = "has_accounts";
const STATUS: &str = "status";
const SORT_BY: &str = "sort_by";
const DEFAULT_SORT: &str = "creation_time:asc";
const LIMIT: &str = "limit";
const PAGE_TOKEN: &str = "page_token";

/// A list may name this many customers: as many as a page has, and so many UUIDs have room in the URL
/// of the next page twice, as they were sent and in its token.
pub(super) const IDS_MAX: usize = LIMIT_MAX as usize;

/// So many characters of the next URL are left to the place of a page: a name of 255 characters of four
/// bytes each, a time and an id in base64. Beside two such names, filters that fill the rest have no
/// room, and are left out.
const PLACE_CHARS_MAX: usize = 1_500;

/// What a token may speak of.
const COLUMNS: &[Column] = &[
    customer::Customer::ID,
    customer::Customer::FIRST_NAME,
    customer::Customer::LAST_NAME,
    customer::Customer::EMAIL,
    customer::Customer::PHONE,
    customer::Customer::SSN_LAST4,
    customer::Customer::STANDING,
    customer::Customer::CREATED_AT,
    customer::Customer::CHANGED_AT,
    DebtAccount::HAS_ACCOUNTS,
];

pub(super) fn list(call: &Call<'_>) -> Outcome<Answer> {
    let mut sent = parameters_of(call)?;
    let (take, token) = (sent.remove(LIMIT), sent.remove(PAGE_TOKEN));
    // The order that is meant where none is named is the same when it is.
    let names_default = sent.get(SORT_BY).is_some_and(|sort| sort == DEFAULT_SORT);
    sent.retain(|name, _| !(names_default && name == SORT_BY));
    let (mut faults, secret) = (Vec::new(), call.store.page_token_secret()?);
    let token = token.map(|token| PageToken::read(&token, &secret, COLUMNS));
    let is_bound = matches!(token, Some(Ok(_)));
    let mut query = query((!is_bound).then_some(call.store), &sent, &mut faults)?;
    query.page.take = take.map_or(Ok(LIMIT_MAX), |text| limit(&text)).unwrap_or_else(|rule| {
        faults.push(rule);
        LIMIT_MAX
    });
    let mut after = None;
    if let Some(token) = token {
        // A page after the first has the filters of the first; what is said again must be the same.
        match token.and_then(|token| token.resume(query.clone())) {
            Ok((bound, _)) if names_default && !bound.sort.is_empty() => {
                faults.push(format!("{PAGE_TOKEN} {}", PageTokenError::OtherQuery));
            }
            Ok((bound, key)) => (query, after) = (bound, Some(key)),
            Err(error) => faults.push(format!("{PAGE_TOKEN} {error}")),
        }
    } else if !has_room(call, &query, &secret) {
        faults.push(format!(
            "the filters are too long: path, query and a page token must have room in \
             {TARGET_BYTES_MAX} bytes"
        ));
    }
    if !faults.is_empty() {
        return Err(bad_query(faults.join("; ")));
    }
    let asked = in_both_cases(query.clone());
    let page = call.store.list_profiles_after(&asked, after.as_ref());
    let page = page.map_err(|error| match error {
        // The order of a version that made it otherwise.
        Error::Invalid { .. } => bad_query(format!("{PAGE_TOKEN} is of another version")),
        error => error.into(),
    })?;
    let next_page_token = page.next.map(|key| PageToken::new(&query, key).text(&secret));
    let customers = page.items.into_iter().map(Customer::from).collect();
    Ok(call.unless_known(Answer::ok(&CustomerList { customers, next_page_token })?))
}

/// Whether the next page can be asked for with all that was sent and a token besides, whatever the
/// store holds.
fn has_room(call: &Call<'_>, query: &Query, secret: &[u8; 32]) -> bool {
    let token = PageToken::new(query, RowKey::NONE).text(secret);
    let next = format!("{}?{}&{PAGE_TOKEN}={token}", call.target, call.query);
    next.len() + PLACE_CHARS_MAX <= TARGET_BYTES_MAX
}

/// Parameters by name, as they were sent.
type Sent = BTreeMap<String, String>;

/// The parameters that mean something, those without a value left out. A list may be given in parts.
fn parameters_of(call: &Call<'_>) -> Outcome<Sent> {
    let known = [ID, SSN_LAST_4, HAS_ACCOUNTS, STATUS, SORT_BY, LIMIT, PAGE_TOKEN];
    let is_known =
        |name: &str| known.contains(&name) || PATTERNS.iter().any(|(pattern, _)| *pattern == name);
    let all = parameters(call.query)
        .map_err(|at| bad_query(format!("the query is not percent-encoded UTF-8 at byte {at}")))?;
    let mut sent = Sent::new();
    for (name, value) in all {
        if value.is_empty() || !is_known(&name) {
            continue;
        }
        match sent.get_mut(&name) {
            Some(before) if [ID, SORT_BY].contains(&name.as_str()) => {
                *before = format!("{before},{value}");
            }
            Some(_) => return Err(bad_query(format!("{name} is given twice"))),
            None => {
                sent.insert(name, value);
            }
        }
    }
    Ok(sent)
}

fn limit(text: &str) -> Result<u32, String> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    match text.trim_start_matches('0') {
        rest if is_number && !rest.is_empty() => {
            Ok(rest.parse().unwrap_or(LIMIT_MAX).min(LIMIT_MAX))
        }
        _ => Err(format!("{LIMIT} must be a whole number, at least 1")),
    }
}

/// What is asked for; `store` knows whose the ids are, where that still matters. A broken rule is among
/// the faults.
fn query(store: Option<&Store>, sent: &Sent, faults: &mut Vec<String>) -> Outcome<Query> {
    let mut query = Query { total: false, ..Query::default() };
    for (name, text) in sent {
        let made = match name.as_str() {
            SORT_BY => sort(text).map(|sort| {
                query.sort = sort;
                None
            }),
            ID => ids(store, text)?.map(|op| Some((customer::Customer::ID, op))),
            name => filter(name, text),
        };
        match made {
            Ok(Some((column, op))) => query.filters.push(Filter { column, ops: vec![op] }),
            Ok(None) => {}
            Err(rule) => faults.push(format!("{name} {rule}")),
        }
    }
    Ok(query)
}

/// One filter; `None` where it holds for everybody.
fn filter(name: &str, text: &str) -> Result<Option<(Column, Op)>, String> {
    if let Some((_, column)) = PATTERNS.iter().find(|(pattern, _)| *pattern == name) {
        let pattern = Pattern::new(text).map_err(|error| error.to_string())?;
        return Ok(Some((*column, Op::Like(pattern))));
    }
    match name {
        SSN_LAST_4 if text.chars().count() == 4 => {
            Ok(Some((customer::Customer::SSN_LAST4, Op::Eq(Value::from(text)))))
        }
        SSN_LAST_4 => Err("must have 4 characters".to_owned()),
        HAS_ACCOUNTS => match text.parse::<bool>() {
            Ok(asked) => {
                Ok(Some((DebtAccount::HAS_ACCOUNTS, Op::Eq(Value::from(i64::from(asked))))))
            }
            Err(_) => Err("must be true or false".to_owned()),
        },
        _ => {
            let standing = STATUSES.iter().find(|(word, _)| *word == text);
            let (_, standing) = standing.ok_or_else(|| {
                let words: Vec<&str> = STATUSES.iter().map(|(word, _)| *word).collect();
                format!("must be one of {}", words.join(", "))
            })?;
            Ok(Some((customer::Customer::STANDING, Op::Eq(Value::from(standing.as_str())))))
        }
    }
}

/// Ids as in a path: what is no UUID must be somebody's (design section 9). A UUID is looked for in
/// small letters, and [`in_both_cases`]; where it has both kinds, as it stands besides. Ids that a page
/// token has bound were somebody's, who may be gone by now.
fn ids(store: Option<&Store>, text: &str) -> Outcome<Result<Op, String>> {
    let spelled = |id: &str| {
        let small = if is_uuid(id) { id.to_ascii_lowercase() } else { id.to_owned() };
        let is_mixed = id != small && id != small.to_ascii_uppercase();
        [is_mixed.then(|| id.to_owned()), Some(small)].into_iter().flatten()
    };
    let sent: BTreeSet<&str> = text.split(',').collect();
    if sent.len() > IDS_MAX {
        return Ok(Err(format!("must name at most {IDS_MAX} customers")));
    }
    // The same customers in another order are the same filter.
    let ids: BTreeSet<String> = sent.into_iter().flat_map(spelled).collect();
    for id in ids.iter().filter(|id| !is_uuid(id)) {
        let known = match (CustomerId::new(id), store) {
            (Ok(id), Some(store)) => store.customer(&id).map(|_| ()),
            (Ok(_), None) => Ok(()),
            (Err(_), _) => Err(Error::NotFound { what: "customer", id: id.clone() }),
        };
        match known {
            Err(Error::NotFound { .. }) => {
                return Ok(Err("must be UUIDs with commas between them".to_owned()));
            }
            known => known?,
        }
    }
    Ok(Ok(Op::In(ids.into_iter().map(Value::Text).collect())))
}

/// The same question, in which a UUID is found in capitals as well: a customer that came through
/// another dialect may bear one.
fn in_both_cases(mut query: Query) -> Query {
    let of_ids = query.filters.iter_mut().filter(|filter| filter.column == customer::Customer::ID);
    for op in of_ids.flat_map(|filter| &mut filter.ops) {
        let Op::In(ids) = op else { continue };
        let capitals = |id: &Value| match id {
            Value::Text(id) if is_uuid(id) => Some(Value::Text(id.to_ascii_uppercase())),
            _ => None,
        };
        let capitals: Vec<Value> = ids.iter().filter_map(capitals).collect();
        ids.extend(capitals);
    }
    query
}

/// Keys in their order; one that is named again decides nothing. At last the id decides, and not as
/// where no order is named the time of creation first.
fn sort(text: &str) -> Result<Vec<Sort>, String> {
    let mut all: Vec<Sort> = Vec::new();
    for key in text.split(',') {
        let known = key.split_once(':').and_then(|(name, direction)| {
            let (_, column) = SORTS.iter().find(|(known, _)| *known == name)?;
            match direction {
                "asc" => Some(Sort::ascending(*column).nulls_greatest()),
                "desc" => Some(Sort::descending(*column).nulls_greatest()),
                _ => None,
            }
        });
        let sort = known.ok_or_else(|| {
            let names: Vec<&str> = SORTS.iter().map(|(name, _)| *name).collect();
            format!("must be keys with :asc or :desc, the keys being {}", names.join(", "))
        })?;
        if all.iter().all(|before| before.column != sort.column) {
            all.push(sort);
        }
    }
    all.push(Sort::ascending(customer::Customer::ID));
    Ok(all)
}
