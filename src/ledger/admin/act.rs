//! Acts: changes that somebody makes.
//!
//! An act is one transaction, begun by somebody, that notes what it did. Promises: a change is committed with its line in
//! the audit log, or not at all; dropped, nothing was done. Leaves out: what becomes of deliveries without anybody's
//! asking.

use std::fmt::Display;

use domain::action::Action;
use domain::id::{AuditId, KeyId};
use domain::tenant::{Role, TenantId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use time::OffsetDateTime;

use super::audit::{self, Entry};
use crate::chance;
use crate::ledger::Error;

/// Who acts, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct By {
    /// The key, with its role then. `None`: the service itself, or its command line.
    pub key: Option<(KeyId, Role)>,
    /// What the key is called.
    pub name: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    pub at: OffsetDateTime,
}

impl By {
    /// The service, of its own accord.
    pub fn hookyard(at: OffsetDateTime) -> Self {
        Self { key: None, name: "hookyard".to_owned(), request_id: None, at }
    }

    pub fn command_line(at: OffsetDateTime) -> Self {
        Self { key: None, name: "command line".to_owned(), request_id: None, at }
    }
}

/// A change under way.
pub struct Act {
    transaction: Transaction<'static, Postgres>,
    by: By,
    noted: Vec<Entry>,
}

impl Act {
    pub async fn begin(pool: &PgPool, by: &By) -> Result<Self, Error> {
        Ok(Self { transaction: pool.begin().await?, by: by.clone(), noted: Vec::new() })
    }

    /// Where its statements go.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    pub fn at(&self) -> OffsetDateTime {
        self.by.at
    }

    /// What was done, to what; with the names of the fields that are not as they were.
    pub fn note(
        &mut self,
        action: Action,
        tenant: Option<&TenantId>,
        subject: impl Display,
        changed: &[&str],
    ) {
        self.noted.push(Entry {
            id: AuditId::new(self.by.at, chance::bytes()),
            tenant: tenant.map(ToString::to_string),
            by: self.by.clone(),
            action: action.as_str().to_owned(),
            subject: subject.to_string(),
            changed: changed.iter().map(|&name| name.to_owned()).collect(),
        });
    }

    pub async fn commit(mut self) -> Result<(), Error> {
        for entry in &self.noted {
            audit::write(&mut self.transaction, entry).await?;
        }
        self.transaction.commit().await?;
        for Entry { by, action, subject, tenant, changed, .. } in &self.noted {
            tracing::info!(action, subject, tenant, ?changed, by = by.name, "noted in the audit log");
        }
        Ok(())
    }
}
