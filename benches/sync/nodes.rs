//! Two nodes in one process, and a plain table for the limit.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, params};
use tillbook::sync::{Checkpoint, Limit, wire};
use tillbook::{CreditTransaction, CustomerId, Money, Store};

use crate::Result;
use crate::file::Files;

/// A parent with all customers and a child that shows the same.
pub(crate) struct Nodes {
    pub(crate) parent: Store,
    pub(crate) child: Store,
}

impl Nodes {
    pub(crate) fn make(files: &Files, name: &str) -> Result<Self> {
        let parent = Store::open(files.copy(&format!("{name}-parent.db"))?)?;
        let path = files.path(&format!("{name}-child.db"));
        crate::file::remove(&path)?;
        let child = Store::open(path)?;
        child.greet(&parent.admit(&child.hello()?)?)?;
        let nodes = Self { parent, child };
        nodes.pull()?;
        Ok(nodes)
    }

    /// Sends everything up and returns the bodies of the batches.
    pub(crate) fn push(&self) -> Result<Vec<Vec<u8>>> {
        let mut batches = Vec::new();
        while let Some(batch) = self.child.pending(Limit::BATCH, &BTreeSet::new())? {
            let body = wire::write_batch(&batch);
            let batch = wire::read_batch(&body)?;
            let answer = wire::write_received(&self.parent.receive(self.child.node(), &batch)?);
            self.child.note_received(&wire::read_received(&answer)?)?;
            batches.push(body);
        }
        Ok(batches)
    }

    /// Fetches everything and returns the bodies of the pages.
    pub(crate) fn pull(&self) -> Result<Vec<Vec<u8>>> {
        let mut pages = Vec::new();
        loop {
            let cursor = self.child.cursor()?;
            let page =
                self.parent.changes_since(self.child.node(), cursor.as_ref(), Limit::PAGE)?;
            let body = wire::write_page(&page);
            let (page, _) = wire::read_page(&body)?;
            let published = self.child.take_page(&page)?;
            pages.push(body);
            if published.is_some() {
                return Ok(pages);
            }
        }
    }

    /// Fetches everything that is new and shows nothing of it yet.
    pub(crate) fn stage(&self) -> Result<Checkpoint> {
        loop {
            let cursor = self.child.cursor()?;
            let page =
                self.parent.changes_since(self.child.node(), cursor.as_ref(), Limit::PAGE)?;
            self.child.stage(&page)?;
            if let Some(checkpoint) = page.checkpoint {
                return Ok(checkpoint);
            }
        }
    }
}

/// The ids of all customers.
pub(crate) fn ids(path: &Path) -> Result<Vec<CustomerId>> {
    let conn = Connection::open(path)?;
    let mut statement = conn.prepare("select id from customer where state = 0 order by key")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    ids.map(|id| Ok(CustomerId::new(&id?)?)).collect()
}

/// Records `end` deposits of as many customers as there are.
pub(crate) fn deposit(store: &Store, ids: &[CustomerId], end: usize) -> Result<()> {
    for n in (0..end).step_by(500) {
        store.write(|tx| {
            for i in n..end.min(n + 500) {
                let id = &ids[(i * 7919) % ids.len()];
                let t = CreditTransaction::deposit(store.stamp(), id, Money::from_minor(450));
                tx.record(&t)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Reads bodies as plain lines of JSON and inserts each line, a commit a body.
pub(crate) struct Plain {
    conn: Connection,
}

impl Plain {
    pub(crate) fn make(files: &Files) -> Result<Self> {
        let path = files.path("plain.db");
        crate::file::remove(&path)?;
        let conn = Connection::open(path)?;
        conn.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full;
             create table line (kind text, id text, body text, primary key (kind, id)) strict, without rowid;",
        )?;
        Ok(Self { conn })
    }

    pub(crate) fn take(&self, bodies: &[Vec<u8>], name: &str) -> Result<()> {
        for body in bodies {
            self.conn.execute_batch("begin")?;
            let mut insert =
                self.conn.prepare_cached("insert or replace into line values (?1, ?2, ?3)")?;
            for (n, line) in body.split(|byte| *byte == b'\n').enumerate() {
                if line.is_empty() {
                    continue;
                }
                let value: serde_json::Value = serde_json::from_slice(line)?;
                let id = value[name].as_str().map_or_else(|| n.to_string(), str::to_owned);
                insert.execute(params![
                    value["unit"].as_str().unwrap_or_default(),
                    id,
                    value.to_string()
                ])?;
            }
            drop(insert);
            self.conn.execute_batch("commit")?;
        }
        Ok(())
    }
}
