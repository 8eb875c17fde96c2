//! The mutations: what each rule of the protocol says, unsaid. A text to be replaced is in its file exactly once.

use super::{Mutation, mutation};

const FAIR: &str = "simulation::in_fair_weather_everything_is_delivered";
const FAILING: &str = "simulation::failing_endpoints_are_retried_to_their_end";
const STORES: &str = "simulation::stores_that_fail_lose_nothing";
const CHANGES: &str = "simulation::changes_by_their_owners_lose_nothing";
const KILLS: &str = "simulation::killed_actors_and_a_wiped_queue_lose_nothing";
const NODES: &str = "simulation::nodes_that_are_killed_lose_nothing";
const STEADY: &str = "simulation::under_steady_arrivals_spilling_ends";

const SPILL: &str = "actors/src/registry/spill.rs";
const REGISTRY: &str = "actors/src/registry.rs";
const FEEDER: &str = "actors/src/feeder.rs";
const LEASES: &str = "actors/src/leases.rs";
const HAND: &str = "actors/src/feeder/hand.rs";
const ATTEMPTING: &str = "actors/src/endpoint/attempting.rs";
const LEDGER: &str = "actors/src/testing/ledger.rs";

pub const ALL: &[Mutation] = &[
    mutation(
        "1",
        "a spill is written by and by",
        FEEDER,
        (
            "        self.until_answered(|| ledger.spill(from, self.lease)).await?;",
            "        let (ledger, late, lease) = (Arc::clone(ledger), from.to_vec(), self.lease);
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let _ = ledger.spill(&late, lease).await;
        });",
        ),
        &[STORES],
    ),
    mutation(
        "1",
        "a clear is written by and by",
        FEEDER,
        (
            "        self.until_answered(|| ledger.unspill(endpoint, self.lease)).await?;",
            "        let (ledger, lease) = (Arc::clone(ledger), self.lease);
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let _ = ledger.unspill(endpoint, lease).await;
        });",
        ),
        &[STORES],
    ),
    mutation(
        "1",
        "a spill is written whatever the epoch",
        LEDGER,
        (
            "ledger.check(lease)?;
            lock(&ledger.0.kept).spill(&from",
            "lock(&ledger.0.kept).spill(&from",
        ),
        &[NODES],
    ),
    mutation(
        "1",
        "a clear is written whatever the epoch",
        LEDGER,
        (
            "ledger.check(lease)?;
            lock(&ledger.0.kept).clear(endpoint",
            "lock(&ledger.0.kept).clear(endpoint",
        ),
        &[NODES],
    ),
    mutation(
        "2",
        "the spilling state dies with the actor",
        REGISTRY,
        ("        spill.put_back(lowest);", "        *spill = Spill::default();"),
        &[KILLS],
    ),
    mutation(
        "2",
        "a dead actor of a spilling endpoint is not spawned again",
        "actors/src/supervisor.rs",
        ("        if spilling {", "        if false {"),
        &[KILLS],
    ),
    mutation(
        "3",
        "the end of a read raises the cursor above what spilled meanwhile",
        SPILL,
        ("next.unwrap_or(end).min(self.lowest_since_read)", "next.unwrap_or(end)"),
        &[FAIR],
    ),
    mutation(
        "3",
        "spilling ends though more has spilled",
        HAND,
        (
            "inner.spill.spilling && inner.spill.catching_up && inner.spill.count == count",
            "inner.spill.spilling && count > 0",
        ),
        &[FAIR],
    ),
    mutation(
        "3",
        "what spills below spill_from does not lower it",
        SPILL,
        (
            "self.durable.is_none_or(|durable| position < durable).then_some(position)",
            "self.durable.is_none().then_some(position)",
        ),
        &[FAIR],
    ),
    mutation(
        "3",
        "a read shows the end though something was put back meanwhile",
        SPILL,
        (" && !self.put_back_since_read", ""),
        // Too rare for the seeds of a quick run.
        &["registry::spill::tests::what_is_put_back_during_a_read_is_read_again"],
    ),
    mutation(
        "4",
        "rows that are held are taken from a read",
        REGISTRY,
        (
            "if released.contains(&owed.delivery) || inner.held.contains_key(&owed.delivery) {",
            "if released.contains(&owed.delivery) {",
        ),
        &[FAIR],
    ),
    mutation(
        "4",
        "rows let go during a read are taken from it",
        REGISTRY,
        (
            "if released.contains(&owed.delivery) || inner.held.contains_key(&owed.delivery) {",
            "if inner.held.contains_key(&owed.delivery) {",
        ),
        &[FAIR],
    ),
    mutation(
        "4",
        "a copy is acknowledged while its delivery is attempted",
        HAND,
        (
            "            if hold.stage != Stage::Ready {
                return Given::Held;",
            "            if hold.stage != Stage::Ready {
                return Given::Covered;",
        ),
        &[STORES, NODES],
    ),
    mutation(
        "4",
        "a copy of what is held is handed over",
        HAND,
        (
            "if let Some(hold) = inner.held.get_mut(&delivery) {",
            "if let Some(hold) = inner.held.get_mut(&delivery).filter(|_| false) {",
        ),
        &[STORES, NODES],
    ),
    mutation(
        "4",
        "what was let go during a check is as it was seen",
        HAND,
        ("if inner.moved_since_check(delivery) {", "if false {"),
        &[STORES, KILLS],
    ),
    mutation(
        "4",
        "what the recorder has is let go with the actor",
        REGISTRY,
        ("held.extract_if(|delivery, _| !kept.has(delivery))", "held.extract_if(|_, _| true)"),
        &[KILLS],
    ),
    mutation(
        "4",
        "whatever comes is fresh",
        HAND,
        (
            "if !pulled.first || pulled.reference.number > 1 {
            return false;",
            "if true {
            return true;",
        ),
        &[STORES],
    ),
    mutation(
        "4",
        "what a former owner was handed is fresh",
        "actors/src/testing/queue.rs",
        ("message.delivered == 1 && sequence > fresh_above", "message.delivered == 1"),
        &[NODES],
    ),
    mutation(
        "5",
        "requests outlive their actor",
        "actors/src/endpoint.rs",
        ("        self.tasks.spawn(async move {", "        tokio::spawn(async move {"),
        &[KILLS],
    ),
    mutation(
        "6",
        "outcomes are written whatever the epoch",
        LEDGER,
        (
            "        for &lease in leases {
            self.check(lease)?;
        }",
            "",
        ),
        &[NODES],
    ),
    mutation(
        "6",
        "the epoch's row is not locked until the commit",
        LEDGER,
        (
            "            self.check(lease)?;
        }",
            "            self.check(lease)?;
        }
        self.0.dice.pause(20).await;",
        ),
        &[NODES],
    ),
    mutation(
        "6",
        "a number already written is refused",
        LEDGER,
        (
            "            for record in records {
                kept.write(record);",
            "            for record in records {
                let known = kept.rows.get(&record.delivery).map(|row| row.progress.attempts + 1);
                if record.report.is_some() && known.is_some_and(|next| next != record.number) {
                    return Err(LedgerError::Refused(\"is written\".to_owned()));
                }
                kept.write(record);",
        ),
        &[FAILING],
    ),
    mutation(
        "6",
        "a number already written is written again",
        "actors/src/testing/ledger/kept.rs",
        ("if row.progress.attempts + 1 != record.number {", "if false {"),
        &[STORES],
    ),
    mutation(
        "6",
        "a late confirmation lets a newer attempt go",
        "actors/src/kept.rs",
        ("is_none_or(|outcome| outcome.record.number != number)", "is_none()"),
        // As long as all else holds there is no newer one: the rule is kept twice.
        &["kept::tests::a_late_confirmation_lets_no_newer_attempt_go"],
    ),
    mutation(
        "7",
        "what reaches the actor of a disabled endpoint is kept",
        "actors/src/endpoint/state.rs",
        (
            "Some(Status::Disabled) => self.close_all(Reason::EndpointDisabled, world, &mut effects),",
            "Some(Status::Disabled) => Next { wake: None, read: true },",
        ),
        &[CHANGES],
    ),
    mutation(
        "7",
        "what nobody would close is handed over while its actor rests",
        HAND,
        (
            "if inner.rests {
            return true;",
            "if inner.rests && endpoint.is_some_and(|endpoint| endpoint.status.is_owed()) {
            return true;",
        ),
        // Too rare for the seeds of a quick run.
        &["supervisor::tests::what_a_disabled_endpoint_is_owed_while_its_actor_rests_is_closed"],
    ),
    mutation(
        "8",
        "an order is known to begin where its endpoint's next delivery is",
        SPILL,
        (
            "let Some(settled) = self.settled else { return self.note(position) };",
            "let settled = self.settled.unwrap_or(0);",
        ),
        // Too rare for the seeds of a quick run.
        &["registry::spill::tests::where_an_order_begins_is_not_known_before_it_was_asked"],
    ),
    mutation(
        "8",
        "where an order began once is where it begins",
        REGISTRY,
        ("            entry.lock().spill.settled = None;", ""),
        &["directory::tests::an_endpoint_that_is_told_to_keep_order_asks_anew_where_it_begins"],
    ),
    mutation(
        "8",
        "what is ordered is noted like all else",
        HAND,
        ("return inner.spill.note_in_order(position);", "return inner.spill.note(position);"),
        &[STORES, CHANGES, NODES],
    ),
    mutation(
        "8",
        "positions of an ordered endpoint become visible as they come",
        LEDGER,
        ("let _in_order = if ordered.is_empty() {", "let _in_order = if true {"),
        &[FAIR],
    ),
    mutation(
        "8",
        "a successor starts before its predecessor is confirmed",
        ATTEMPTING,
        ("any(|hold| hold.stage != Stage::Ready)", "any(|hold| hold.stage == Stage::Attempting)"),
        &[FAILING],
    ),
    mutation(
        "8",
        "a retry does not hold its successors up",
        ATTEMPTING,
        ("if endpoint.ordered && matches!(verdict, Verdict::Retry { .. }) {", "if false {"),
        &[FAILING],
    ),
    mutation(
        "8",
        "a retry is read only when it is due",
        LEDGER,
        (
            "(waiting || row.status == Status::Retrying)",
            "(waiting || row.next_attempt_at.is_some_and(|at| at <= self.0.clock.now()))",
        ),
        &[FAILING],
    ),
    mutation(
        "9",
        "while it catches up nothing is handed over",
        HAND,
        ("(inner.spill.spilling && !inner.spill.catching_up)", "inner.spill.spilling"),
        &[STEADY],
    ),
    mutation(
        "9",
        "spilling ends before the hand has drained",
        "actors/src/endpoint/reading.rs",
        ("inner.held.values().all(|hold| !hold.from_ledger)", "true"),
        &[FAIR],
    ),
    mutation(
        "rate",
        "no token is taken",
        ATTEMPTING,
        ("pace.start(delivery, endpoint.rate_limit, world.at);", "pace.start(delivery, None, world.at);"),
        &[FAIR],
    ),
    mutation(
        "rate",
        "the bucket of a dead actor's endpoint is full again",
        REGISTRY,
        ("pace.iter_mut().for_each(Pace::cut_off);", "*pace = None;"),
        &[KILLS],
    ),
    mutation(
        "rate",
        "the bucket of a former owner's endpoint is full again",
        LEASES,
        ("(endpoint.made_at() < taken.now).then_some(taken.uptime)", "None"),
        &[NODES],
    ),
    mutation(
        "breaker",
        "what a former owner knew of its endpoints is not asked for",
        FEEDER,
        ("        running.resume().await?;", ""),
        &["supervisor::shards::tests::how_endpoints_stood_under_a_former_owner_is_known_before_anything_is_sent"],
    ),
    mutation(
        "nodes",
        "what is known of a shard outlives its lease",
        "actors/src/supervisor/shards.rs",
        ("forget(|endpoint| feeders.shard_of(endpoint) == shard)", "forget(|_| false)"),
        &[NODES],
    ),
    mutation(
        "nodes",
        "a shard that is another node's by now is kept",
        "actors/src/recorder.rs",
        ("supervisor.send_message(supervisor::Message::Drop(lease, None))", "(supervisor, lease)"),
        &["supervisor::shards::tests::a_shard_that_another_node_owns_is_let_go_and_the_others_go_on"],
    ),
    mutation(
        "breaker",
        "several probes at a time",
        "domain/src/breaker.rs",
        (
            "self.state = State::Probing { rest, probe: Some(delivery) };",
            "self.state = State::Probing { rest, probe: None };",
        ),
        &[FAILING],
    ),
    mutation(
        "breaker",
        "all slots come back at once",
        ATTEMPTING,
        ("|pace| pace.slots(slots)", "|_| slots"),
        &[FAILING],
    ),
    mutation(
        "clock",
        "rate, pauses and holds go by the wall's clock",
        "actors/src/endpoint.rs",
        (
            "let at = ports.clock.moment();",
            "let uptime = (ports.clock.now() - time::macros::datetime!(2025-01-01 00:00 UTC)).unsigned_abs();
        let at = domain::pace::Moment { now: ports.clock.now(), uptime };",
        ),
        &["simulation::a_clock_that_is_set_changes_no_rate_and_no_pause_and_loses_nothing"],
    ),
    mutation(
        "slots",
        "a slot more than there are",
        ATTEMPTING,
        ("self.attempting.len() >= slots", "self.attempting.len() > slots"),
        &[FAIR],
    ),
    mutation(
        "acknowledged last",
        "what is put down is acknowledged before it is written",
        FEEDER,
        (
            "                running.spill(vec![waiting]).await?;
                running.ack(&receipts).await;",
            "                running.ack(&receipts).await;
                running.spill(vec![waiting]).await?;",
        ),
        &[CHANGES],
    ),
    mutation(
        "acknowledged last",
        "a message is acknowledged with the first that it brought",
        "actors/src/ports/receipt.rs",
        ("(before == place).then_some", "(before & place != 0).then_some"),
        &[FAIR],
    ),
    mutation(
        "acknowledged last",
        "what spills is acknowledged before it is written",
        FEEDER,
        (
            "        self.write(spilled).await?;
        self.ack(&done).await;",
            "        self.ack(&done).await;
        self.write(spilled).await?;",
        ),
        &[FAIR],
    ),
    mutation(
        "acknowledged last",
        "outcomes are acknowledged before they are recorded",
        "actors/src/recorder.rs",
        (
            "        let parts: Vec<Vec<Arc<Outcome>>> = match self.write(&records, &leases).await {",
            "        let early: Vec<_> = batch.iter().filter_map(|outcome| outcome.receipt.clone()).collect();
        self.ports.queue.ack(&early).await;
        let parts: Vec<Vec<Arc<Outcome>>> = match self.write(&records, &leases).await {",
        ),
        &[FAIR],
    ),
    mutation(
        "refused",
        "an outcome that the ledger refuses is let go unwritten",
        "actors/src/recorder.rs",
        (
            "return self.give_up(&batch[0], &error).await,",
            "{
                drop((self.tell(&batch[0].record), error));
                return BTreeSet::new();
            }",
        ),
        &["supervisor::tests::what_the_ledger_refuses_is_given_up_and_what_was_written_with_it_is_kept"],
    ),
    mutation(
        "tenant's rate",
        "each endpoint has turns of its own",
        "actors/src/tenants.rs",
        (
            "let at = bucket.reserve(uptime);",
            "let at = (bucket, Bucket::new(limit.per_minute, limit.burst).reserve(uptime)).1;",
        ),
        &["simulation::a_tenants_limit_holds_for_its_endpoints_together"],
    ),
    mutation(
        "tenant's rate",
        "each of several nodes has the whole of it",
        LEASES,
        ("since.zip(until).filter(|_| is_whole)", "since.zip(until).filter(|_| is_whole || !held.is_empty())"),
        &["simulation::a_tenants_limit_holds_over_nodes_that_come_and_go"],
    ),
];
