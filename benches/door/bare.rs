//! The limit: an axum route that runs one prepared statement and writes JSON, and an empty one.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use axum::Router;
use axum::extract::Path as Captured;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rusqlite::{Connection, OpenFlags};
use tokio::net::TcpListener;

use crate::Result;
use crate::file::{Files, bare, remove};
use crate::flat::{COLUMNS, Document};

/// The first argument of a process that is the limit.
pub(crate) const WORD: &str = "--serve-bare";

/// A table with one row for every card, and an index by its serial number.
pub(crate) fn make(files: &Files, path: &Path) -> Result<()> {
    remove(path)?;
    let conn = bare(path)?;
    conn.execute("attach ?1 as store", [files.store().to_string_lossy()])?;
    conn.execute_batch(&format!(
        "create table flat as
           select {COLUMNS} from store.customer c join store.card d on d.customer_key = c.key
            order by c.key;
         create unique index flat_by_serial on flat (serial_number)"
    ))?;
    Ok(conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
}

/// Serves the table in `file` until the process is ended.
pub(crate) fn serve(file: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let file = file.to_owned();
    runtime.block_on(async {
        let cards = get(move |Captured(serial): Captured<String>| {
            let answer = answer(&file, &serial);
            async { answer }
        });
        let router =
            Router::new().route("/empty", get(|| async {})).route("/cards/{serial}", cards);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(axum::serve(listener, router).await?)
    })
}

thread_local! {
    static CONN: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

fn answer(file: &str, serial: &str) -> Response {
    let look = CONN.with_borrow_mut(|slot| -> Result<Option<Vec<u8>>> {
        let conn = match slot {
            Some(conn) => conn,
            None => {
                slot.insert(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
            }
        };
        let mut statement = conn.prepare_cached("select * from flat where serial_number = ?1")?;
        let mut rows = statement.query([serial])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(serde_json::to_vec(&Document::read(row)?)?))
    });
    match look {
        Ok(Some(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
