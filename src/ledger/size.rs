//! How much the ledger holds, table by table and day by day, as the catalogue and the statistics of Postgres have it: no
//! row is read. Rows are what Postgres believes, which is near; bytes are what is on the disk.

use sqlx::PgPool;
use time::Date;

use super::{Error, partitions};

/// A table, or one day of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub table: String,
    pub day: Option<Date>,
    pub rows: u64,
    /// Without what follows.
    pub heap_bytes: u64,
    /// Long values, kept apart, and their index.
    pub toast_bytes: u64,
    pub index_bytes: u64,
}

impl Part {
    pub fn bytes(&self) -> u64 {
        self.heap_bytes + self.toast_bytes + self.index_bytes
    }
}

struct Row {
    table: String,
    day: Option<String>,
    rows: i64,
    heap: i64,
    toast: i64,
    indexes: i64,
}

/// Every table of the ledger; those of days by day.
pub async fn parts(pool: &PgPool) -> Result<Vec<Part>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select coalesce(p.relname, c.relname)::text as "table!",
            case when p.oid is not null then right(c.relname::text, 8) end as day,
            -- Statistics are gone after a crash, and what was counted last then is all that is known.
            (case when s.n_live_tup > 0 then s.n_live_tup else greatest(c.reltuples, 0) end)::bigint as "rows!",
            -- Null of one that was dropped a moment ago.
            coalesce(pg_table_size(c.oid) - coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0), 0)
                as "heap!",
            coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) as "toast!",
            coalesce(pg_indexes_size(c.oid), 0) as "indexes!"
        from pg_class c
            left join pg_inherits i on i.inhrelid = c.oid
            left join pg_class p on p.oid = i.inhparent
            left join pg_stat_all_tables s on s.relid = c.oid
        where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
        order by 1, 2
        "#
    )
    .fetch_all(pool)
    .await?;
    let part = |row| {
        let Row { table, day, rows, heap, toast, indexes } = row;
        let day = day.map(|day| partitions::bounds(&day)).transpose()?.map(|(from, _)| from.date());
        Ok(Part {
            table,
            day,
            rows: rows.unsigned_abs(),
            heap_bytes: heap.unsigned_abs(),
            toast_bytes: toast.unsigned_abs(),
            index_bytes: indexes.unsigned_abs(),
        })
    };
    rows.into_iter().map(part).collect()
}
