//! What shows customers, their addresses and locations: routes 2, 3, 7, 13 and 14 (tratta.md
//! section 2); and customers' debt accounts, which the pages only write.

use super::address::Address;
use super::customer::Customer;
use super::debt_account::DebtAccount;
use super::envelope::Data;
use super::location::Location;
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

/// `GET /customers/{customer}/debt_accounts`: the oldest first.
pub(super) fn debt_accounts(call: &Call<'_>) -> Outcome<Answer> {
    let paging = Paging::of(call)?;
    let id = call.store.profile_named(call.part("customer"))?.customer.id;
    let accounts = DebtAccount::all(call.store.debt_accounts(&id)?);
    Ok(call.unless_known(Answer::ok(&paging.cut(accounts))?))
}

/// `GET /locations`: the oldest first.
pub(super) fn locations(call: &Call<'_>) -> Outcome<Answer> {
    let paging = Paging::of(call)?;
    let (locations, total) = call.store.list_placements(paging.wanted())?;
    let page = paging.page_of(locations.into_iter().map(Location::from).collect(), total);
    Ok(call.unless_known(Answer::ok(&page)?))
}

/// `GET /locations/{location}`.
pub(super) fn location(call: &Call<'_>) -> Outcome<Answer> {
    let placement = call.store.placement_named(call.part("location"))?;
    Ok(call.unless_known(Answer::ok(&Data { data: Location::from(placement) })?))
}
