//! Bulk imports: routes 10 and 11 (tratta.md section 7). Rows are taken on at once and worked off by
//! the door's [`Backlog`](crate::http::backlog::Backlog).

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::body::{NAMING, unread};
use super::bulk_error::{BulkError, answered};
use super::bulk_row::kept;
use super::envelope::{Data, Page};
use super::paging::Paging;
use crate::bulk::{BULK_PAGE_BYTES, BULK_ROWS_MAX};
use crate::error::{Error, Result};
use crate::http::answer::Answer;
use crate::http::body::Accepts;
use crate::http::call::Call;
use crate::http::failure::{Failure, Outcome};
use crate::http::json::Json;
use crate::id::BulkId;
use crate::store::Tx;

/// What a bulk may be: as many bytes as a push of sync. It is JSON even where a client that says
/// nothing of it sends the type of a form along.
pub(super) const ACCEPTS: Accepts =
    Accepts { bytes_max: crate::http::BULK_BODY_BYTES_MAX, ..super::body::ACCEPTS };

/// A job that was taken on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrattaBulk")]
pub(super) struct Bulk {
    bulk_id: String,
    /// How many rows it has.
    count: u64,
    /// `pending`: the work goes on after this answer.
    #[schemars(extend("enum" = ["pending", "completed"]))]
    status: &'static str,
}

/// `POST /bulk`.
pub(super) fn post(call: &Call<'_>, tx: &Tx<'_>) -> Outcome<Answer> {
    let rows = rows(call.body)?;
    let bulk = tx.take_bulk(call.key.map(|key| &key.id), &rows)?;
    call.door.backlog.note();
    let data = Bulk { bulk_id: bulk.id.to_string(), count: bulk.n_rows, status: "pending" };
    Ok(Answer { etag: None, ..Answer::json(StatusCode::CREATED, &Data { data })? })
}

/// The rows as they are kept, one in memory as more than a text at a time.
fn rows(body: &[u8]) -> Outcome<Vec<String>> {
    let (mut rows, mut n_rows, mut no_object) = (Vec::new(), 0_usize, None);
    let is_list = Json::read_list(body, NAMING, |row| {
        if no_object.is_none() && !matches!(row, Json::Object(_)) {
            no_object = Some(n_rows);
        }
        n_rows += 1;
        if n_rows <= BULK_ROWS_MAX {
            rows.push(kept(row));
        }
    });
    match (is_list.map_err(unread)?, no_object) {
        (false, _) => Err(Failure::of_body("body", "must be a list of rows")),
        (true, Some(at)) => Err(Failure::violation(format!("body[{at}]"), "must be an object")),
        (true, None) if !(1..=BULK_ROWS_MAX).contains(&n_rows) => {
            let rule = format!("must have 1 to {BULK_ROWS_MAX} rows, not {n_rows}");
            Err(Failure::of_body("body", rule))
        }
        (true, None) => Ok(rows),
    }
}

/// `GET /bulk/{bulk}/errors`.
pub(super) fn errors(call: &Call<'_>) -> Outcome<Answer> {
    let paging = Paging::of(call)?;
    let name = call.part("bulk");
    let missing = |_| Error::NotFound { what: "bulk job", id: name.to_owned() };
    let id = BulkId::new(name).map_err(missing)?;
    let wanted = paging.wanted();
    let (rejects, total) = call.store.list_bulk_rejects(&id, wanted)?;
    let n_told = rejects.len() as u64;
    if n_told < total.saturating_sub(wanted.skip).min(wanted.take.into()) {
        let rule = format!(
            "must be at most {n_told} here, because more of these rows have over {BULK_PAGE_BYTES} bytes"
        );
        return Err(Failure::violation("limit", rule));
    }
    let errors = rejects.into_iter().map(answered).collect::<Result<_>>()?;
    let page: Page<BulkError> = paging.page_of(errors, total);
    Ok(call.unless_known(Answer::ok(&page)?))
}
