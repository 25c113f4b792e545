//! What shows customers and their addresses: routes 2, 3 and 7 (tratta.md section 2).

use super::address::Address;
use super::customer::Customer;
use super::envelope::Data;
use super::paging::Paging;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::profile::ProfilePage;
use crate::query::Query;

/// `GET /customers`: the oldest first.
pub(super) fn list(call: &Call<'_>) -> Outcome<Answer> {
    let paging = Paging::of(call)?;
    let query = Query { page: paging.wanted(), ..Query::default() };
    let ProfilePage { items, total_count, .. } = call.store.list_profiles(&query)?;
    let customers = items.unwrap_or_default().into_iter().map(Customer::from).collect();
    let page = paging.page_of(customers, total_count.unwrap_or_default());
    Ok(call.unless_known(Answer::ok(&page)?))
}

/// `GET /customers/{customer}`.
pub(super) fn get(call: &Call<'_>) -> Outcome<Answer> {
    let profile = call.store.profile_named(call.part("customer"))?;
    Ok(call.unless_known(Answer::ok(&Data { data: Customer::from(profile) })?))
}

/// `GET /customers/{customer}/addresses`: the oldest first.
pub(super) fn addresses(call: &Call<'_>) -> Outcome<Answer> {
    let paging = Paging::of(call)?;
    let profile = call.store.profile_named(call.part("customer"))?;
    Ok(call.unless_known(Answer::ok(&paging.cut(Address::all(&profile)))?))
}
