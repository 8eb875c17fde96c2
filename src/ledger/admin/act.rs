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
use super::next_version;
use super::together::{Part, Together};
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

enum Within {
    Own(Transaction<'static, Postgres>),
    Shared(Part),
}

/// A change under way.
pub struct Act {
    within: Within,
    by: By,
    noted: Vec<Entry>,
}

impl Act {
    pub async fn begin(pool: &PgPool, by: &By) -> Result<Self, Error> {
        Ok(Self { within: Within::Own(pool.begin().await?), by: by.clone(), noted: Vec::new() })
    }

    /// Begins one that is committed with others. It locks nothing that others lock before `subscriptions_version`.
    pub async fn begin_together(together: &Together, by: &By) -> Result<Self, Error> {
        Ok(Self { within: Within::Shared(together.enter().await?), by: by.clone(), noted: Vec::new() })
    }

    /// Where its statements go.
    pub fn conn(&mut self) -> &mut PgConnection {
        match &mut self.within {
            Within::Own(transaction) => transaction,
            Within::Shared(part) => part.conn(),
        }
    }

    /// Raises the version of tenants, endpoints and subscriptions, if that is not done yet.
    pub(in crate::ledger) async fn next_version(&mut self) -> Result<i64, Error> {
        match &mut self.within {
            Within::Own(transaction) => next_version(transaction).await,
            Within::Shared(part) => Ok(part.version()),
        }
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
        let noted = std::mem::take(&mut self.noted);
        match self.within {
            Within::Own(mut transaction) => {
                audit::write(&mut transaction, &noted).await?;
                transaction.commit().await?;
            }
            Within::Shared(part) => part.commit(&noted).await?,
        }
        for Entry { by, action, subject, tenant, changed, .. } in &noted {
            tracing::info!(action, subject, tenant, ?changed, by = by.name, "noted in the audit log");
        }
        Ok(())
    }
}
