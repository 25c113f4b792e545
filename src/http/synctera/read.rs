//! What shows customers: `GET` of one and of many (synctera.md sections 2 and 4).

use super::customer::Customer;
use super::refusal::bad_request;
use crate::error::{Error, Result};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::failure::Outcome;
use crate::id::{CustomerId, is_uuid};
use crate::profile::Profile;

/// `GET /customers/{id}`.
pub(super) fn get(call: &Call<'_>) -> Outcome<Answer> {
    let profile = named(call, |id| call.store.profile(id))?;
    Ok(call.unless_known(Answer::ok(&Customer::from(profile))?))
}

/// The customer whom the path names. Other dialects give ids of other shapes, so it is looked up
/// first as it stands; what nobody has and is no UUID is a bad request (design section 9).
pub(super) fn named(
    call: &Call<'_>,
    find: impl Fn(&CustomerId) -> Result<Profile>,
) -> Outcome<Profile> {
    let text = call.part("id");
    let nobody = Err(Error::NotFound { what: "customer", id: text.to_owned() });
    let found = CustomerId::spelled(text).fold(nobody, |found, id| match found {
        Err(Error::NotFound { .. }) => find(&id),
        found => found,
    });
    match found {
        Err(Error::NotFound { .. }) if !is_uuid(text) => {
            Err(bad_request("the id in the path must be a UUID".to_owned()))
        }
        found => Ok(found?),
    }
}
