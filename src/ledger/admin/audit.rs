//! The audit log: who did what, when. Its lines are written by [`super::act`].

use domain::action::Action;
use domain::id::{AuditId, KeyId};
use domain::tenant::{Role, TenantId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Made;
use super::act::By;
use super::scan::{Reach, Scan};
use crate::ledger::Error;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: AuditId,
    /// `None`: of the instance.
    pub tenant: Option<String>,
    pub by: By,
    pub action: String,
    /// The id of what it was done to, as the API shows it.
    pub subject: String,
    /// Names of fields, of a change.
    pub changed: Vec<String>,
}

/// Which lines to list; what is `None` leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub action: Option<Action>,
    pub subject: Option<String>,
    pub key: Option<KeyId>,
    pub made: Made,
}

/// One page, and from where the next one goes on.
#[derive(Debug, Default)]
pub struct Page {
    pub entries: Vec<Entry>,
    pub next: Option<AuditId>,
}

struct Row {
    id: Uuid,
    tenant: Option<String>,
    key_id: Option<Uuid>,
    key_name: String,
    role: Option<i16>,
    action: String,
    subject: String,
    changed: Vec<String>,
    request_id: Option<String>,
}

impl TryFrom<Row> for Entry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let role = |number| Role::from_number(number).ok_or(Error::Unreadable("role in the audit log"));
        let role = row.role.map(role).transpose()?;
        let id = AuditId(row.id);
        Ok(Self {
            id,
            tenant: row.tenant,
            by: By {
                key: row.key_id.map(KeyId).zip(role),
                name: row.key_name,
                request_id: row.request_id,
                at: id.made_at(),
            },
            action: row.action,
            subject: row.subject,
            changed: row.changed,
        })
    }
}

impl Filter {
    fn is_of(&self, entry: &Entry) -> bool {
        self.action.is_none_or(|action| action.as_str() == entry.action)
            && self.subject.as_ref().is_none_or(|subject| *subject == entry.subject)
            && self.key.is_none_or(|key| entry.by.key.is_some_and(|(by, _)| by == key))
    }
}

/// In one statement, however many.
pub(super) async fn write(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let (mut ids, mut tenants, mut keys, mut key_names, mut roles) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut actions, mut subjects, mut changed, mut requests) = (vec![], vec![], vec![], vec![]);
    for entry in entries {
        let (key, role) = entry.by.key.unzip();
        ids.push(entry.id.0);
        tenants.push(entry.tenant.as_deref());
        keys.push(key.map(|key| key.0));
        key_names.push(entry.by.name.as_str());
        roles.push(role.map(|role| role as i16));
        actions.push(entry.action.as_str());
        subjects.push(entry.subject.as_str());
        // An array of arrays would have to be a rectangle. No name of a field has a comma.
        changed.push(entry.changed.join(","));
        requests.push(entry.by.request_id.as_deref());
    }
    sqlx::query!(
        "insert into audit_log (id, tenant, key_id, key_name, role, action, subject, changed, request_id)
         select id, tenant, key_id, key_name, role, action, subject, string_to_array(changed, ','), request_id
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[],
             $8::text[], $9::text[])
             as e (id, tenant, key_id, key_name, role, action, subject, changed, request_id)",
        &ids,
        &tenants as &[Option<&str>],
        &keys as &[Option<Uuid>],
        &key_names as &[&str],
        &roles as &[Option<i16>],
        &actions as &[&str],
        &subjects as &[&str],
        &changed,
        &requests as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first, those before `before`. Of one tenant, or of all and of the instance. Looks at
/// [`crate::ledger::admin::SCAN_ROWS_MAX`] of them at most: a page may be short and still not be the last.
pub async fn list(
    pool: &PgPool,
    tenant: Option<&TenantId>,
    filter: &Filter,
    before: Option<AuditId>,
    limit: usize,
) -> Result<Page, Error> {
    let by_time = Filter { made: filter.made, ..Filter::default() };
    let reach = Reach { limit, is_filtered: *filter != by_time };
    let newest = before.map_or(filter.made.below(), |before| before.0.min(filter.made.below()));
    let mut scan = Scan::new(reach, newest);
    while let Some((below, rows)) = scan.wants() {
        let rows = between(pool, tenant, filter.made.from(), below, rows as i64).await?;
        scan.take(rows, |entry| entry.id.0, |entry| filter.is_of(entry));
    }
    let (entries, next) = scan.end();
    Ok(Page { entries, next: next.map(AuditId) })
}

async fn between(
    pool: &PgPool,
    tenant: Option<&TenantId>,
    from: Uuid,
    below: Uuid,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    // Two statements: one for both has a plan for both, which looks at everybody's lines.
    let rows = match tenant {
        Some(tenant) => {
            sqlx::query_as!(
            Row,
            "select id, tenant, key_id, key_name, role, action, subject, changed, request_id from audit_log
                 where tenant = $1 and id >= $2 and id < $3 order by id desc limit $4",
            tenant.as_str(),
            from,
            below,
            limit,
        )
            .fetch_all(pool)
            .await?
        }
        None => {
            sqlx::query_as!(
            Row,
            "select id, tenant, key_id, key_name, role, action, subject, changed, request_id from audit_log
                 where id >= $1 and id < $2 order by id desc limit $3",
            from,
            below,
            limit,
        )
            .fetch_all(pool)
            .await?
        }
    };
    rows.into_iter().map(Entry::try_from).collect()
}
