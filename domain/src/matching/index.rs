//! Every tenant's patterns as one trie a tenant, so that a match costs what it finds, not what there is.
//!
//! Intake asks it about each event; whoever follows the endpoints' configuration inserts and removes. Made to be
//! small: tokens are numbered once for all tenants (event types repeat themselves endlessly), an edge is that
//! number and its node, and short lists are kept without spare room. Numbers grow, so that edges and values
//! inserted in rising order are appended; loading endpoints ordered by id is the cheap order.

use std::collections::HashMap;

use super::pattern::{ANY, REST};
use super::{EventType, Pattern};

/// What stands for a token; the two wildcards have fixed ones.
type Symbol = u32;

const ANY_SYMBOL: Symbol = 0;
const REST_SYMBOL: Symbol = 1;

/// Lists up to this length grow by one, longer ones by doubling.
const EXACT_MAX: usize = 16;

/// A set of (tenant, pattern, value); a value is typically an endpoint's number.
///
/// Patterns that mean the same are the same here: inserting `github.pr.*` and `github.pull_request.*` for one
/// value is one entry, and removing either removes it. So take all patterns of an endpoint out before putting
/// its new ones in.
#[derive(Debug, Clone)]
pub struct Index<T> {
    tenants: HashMap<Box<str>, Node<T>>,
    symbols: Symbols,
}

#[derive(Debug, Clone)]
struct Node<T> {
    /// Sorted by symbol.
    edges: Vec<(Symbol, Node<T>)>,
    /// What the pattern that ends here is for, sorted.
    values: Vec<T>,
}

impl<T: Copy + Ord> Index<T> {
    pub fn new() -> Self {
        Self::default()
    }

    /// False where it was there already.
    pub fn insert(&mut self, tenant: &str, pattern: &Pattern, value: T) -> bool {
        if !self.tenants.contains_key(tenant) {
            self.tenants.insert(tenant.into(), Node::default());
        }
        let Some(mut node) = self.tenants.get_mut(tenant) else { return false };
        for token in pattern.tokens() {
            let symbol = self.symbols.get(token);
            let found = symbol.and_then(|symbol| node.find(symbol).ok());
            let at = found.unwrap_or_else(|| {
                // An edge holds its symbol: taken once for each edge made.
                let symbol = self.symbols.take(token);
                let at = node.find(symbol).unwrap_or_else(|at| at);
                insert_at(&mut node.edges, at, (symbol, Node::default()));
                at
            });
            node = &mut node.edges[at].1;
        }
        match node.values.binary_search(&value) {
            Ok(_) => false,
            Err(at) => {
                insert_at(&mut node.values, at, value);
                true
            }
        }
    }

    /// False where it was not there.
    pub fn remove(&mut self, tenant: &str, pattern: &Pattern, value: T) -> bool {
        let Some(root) = self.tenants.get_mut(tenant) else { return false };
        let tokens: Vec<&str> = pattern.tokens().collect();
        let removed = root.remove(&tokens, value, &mut self.symbols);
        if root.is_empty() {
            self.tenants.remove(tenant);
        }
        removed
    }

    /// Fills `found` with the values of every pattern that matches, sorted, each once; what it held is dropped.
    pub fn matches(&self, tenant: &str, event_type: &EventType, found: &mut Vec<T>) {
        found.clear();
        let Some(root) = self.tenants.get(tenant) else { return };
        // A token that no pattern knows matches wildcards alone.
        let symbols: Vec<Option<Symbol>> = event_type.tokens().map(|token| self.symbols.get(token)).collect();
        root.collect(&symbols, found);
        found.sort_unstable();
        found.dedup();
    }

    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self { tenants: HashMap::new(), symbols: Symbols::default() }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { edges: Vec::new(), values: Vec::new() }
    }
}

impl<T: Copy + Ord> Node<T> {
    /// The edge of a symbol, or where it would be.
    fn find(&self, symbol: Symbol) -> Result<usize, usize> {
        self.edges.binary_search_by_key(&symbol, |(symbol, _)| *symbol)
    }

    fn next(&self, symbol: Symbol) -> Option<&Self> {
        self.find(symbol).ok().map(|at| &self.edges[at].1)
    }

    fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.values.is_empty()
    }

    /// As deep as an event type has tokens, which its length bounds.
    fn collect(&self, tokens: &[Option<Symbol>], found: &mut Vec<T>) {
        let Some((first, rest)) = tokens.split_first() else {
            found.extend_from_slice(&self.values);
            return;
        };
        if let Some(tail) = self.next(REST_SYMBOL) {
            found.extend_from_slice(&tail.values);
        }
        for symbol in [Some(ANY_SYMBOL), *first].into_iter().flatten() {
            if let Some(node) = self.next(symbol) {
                node.collect(rest, found);
            }
        }
    }

    /// Removes the value and whatever edges it leaves without purpose.
    fn remove(&mut self, tokens: &[&str], value: T, symbols: &mut Symbols) -> bool {
        let Some((first, rest)) = tokens.split_first() else {
            let found = self.values.binary_search(&value);
            return found.map(|at| remove_at(&mut self.values, at)).is_ok();
        };
        let Some(at) = symbols.get(first).and_then(|symbol| self.find(symbol).ok()) else { return false };
        let node = &mut self.edges[at].1;
        let removed = node.remove(rest, value, symbols);
        if node.is_empty() {
            remove_at(&mut self.edges, at);
            symbols.release(first);
        }
        removed
    }
}

/// Numbers for tokens, shared by all tenants; a number is free again when no edge holds it.
#[derive(Debug, Clone, Default)]
struct Symbols {
    by_token: HashMap<Box<str>, (Symbol, u32)>,
    free: Vec<Symbol>,
}

impl Symbols {
    fn get(&self, token: &str) -> Option<Symbol> {
        match token {
            ANY => Some(ANY_SYMBOL),
            REST => Some(REST_SYMBOL),
            _ => self.by_token.get(token).map(|(symbol, _)| *symbol),
        }
    }

    fn take(&mut self, token: &str) -> Symbol {
        if let ANY | REST = token {
            return if token == ANY { ANY_SYMBOL } else { REST_SYMBOL };
        }
        if let Some((symbol, uses)) = self.by_token.get_mut(token) {
            *uses += 1;
            return *symbol;
        }
        // Used and freed numbers are exactly those given out so far.
        let fresh = self.by_token.len() + self.free.len() + REST_SYMBOL as usize + 1;
        let symbol = self.free.pop().unwrap_or(fresh as Symbol);
        self.by_token.insert(token.into(), (symbol, 1));
        symbol
    }

    fn release(&mut self, token: &str) {
        let Some((symbol, uses)) = self.by_token.get_mut(token) else { return };
        *uses -= 1;
        if *uses == 0 {
            self.free.push(*symbol);
            self.by_token.remove(token);
        }
    }
}

fn insert_at<T>(list: &mut Vec<T>, at: usize, item: T) {
    if list.len() < EXACT_MAX {
        list.reserve_exact(1);
    }
    list.insert(at, item);
}

fn remove_at<T>(list: &mut Vec<T>, at: usize) {
    list.remove(at);
    if list.len() < list.capacity() / 4 {
        list.shrink_to(list.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn pattern(written: &str) -> Pattern {
        Pattern::try_from(written).unwrap()
    }

    fn found(index: &Index<u32>, tenant: &str, event_type: &str) -> Vec<u32> {
        let mut found = vec![99];
        index.matches(tenant, &EventType::try_from(event_type).unwrap(), &mut found);
        found
    }

    #[test]
    fn finds_each_value_once() {
        let mut index = Index::new();
        for written in ["order.paid", "order.*", "order.>", ">", "*.paid", "*.*"] {
            assert!(index.insert("acme", &pattern(written), 7));
            assert!(!index.insert("acme", &pattern(written), 7));
        }
        assert!(index.insert("acme", &pattern("order.>"), 3));
        assert_eq!(found(&index, "acme", "order.paid"), [3, 7]);
        assert_eq!(found(&index, "acme", "order"), [7]);
        assert_eq!(found(&index, "acme", "order.paid.twice"), [3, 7]);
        assert_eq!(found(&index, "acme", "never.seen"), [7]);
    }

    #[test]
    fn tenants_never_see_each_other() {
        let mut index = Index::new();
        index.insert("acme", &pattern(">"), 1);
        index.insert("umbrella", &pattern("a.b"), 2);
        assert_eq!(found(&index, "acme", "a.b"), [1]);
        assert_eq!(found(&index, "umbrella", "a.b"), [2]);
        assert_eq!(found(&index, "nobody", "a.b"), Vec::<u32>::new());
        assert!(!index.remove("umbrella", &pattern(">"), 1));
        assert!(!index.remove("nobody", &pattern(">"), 1));
    }

    #[test]
    fn patterns_of_one_meaning_are_one() {
        let mut index = Index::new();
        assert!(index.insert("acme", &pattern("github.pr.*"), 1));
        assert!(!index.insert("acme", &pattern("github.pull_request.*"), 1));
        assert_eq!(found(&index, "acme", "github.pull_request.opened"), [1]);
        assert!(index.remove("acme", &pattern("github.pull_request.*"), 1));
        assert!(index.is_empty());
    }

    #[test]
    fn the_longest_pattern_and_event_type_are_fine() {
        let (longest, deep) = (vec!["*"; 100].join("."), vec!["a"; 100].join("."));
        let mut index = Index::new();
        index.insert("acme", &pattern(&longest), 1);
        assert_eq!(found(&index, "acme", &deep), [1]);
        assert!(index.remove("acme", &pattern(&longest), 1));
        assert!(index.is_empty() && index.symbols.by_token.is_empty());
    }

    /// What the documentation says a pattern matches, in its most literal form.
    fn naive(pattern: &[&str], event_type: &[&str]) -> bool {
        match (pattern, event_type) {
            ([], []) => true,
            ([">"], rest) => !rest.is_empty(),
            ([first, pattern @ ..], [token, rest @ ..]) => {
                (*first == "*" || first == token) && naive(pattern, rest)
            }
            ([], _) | (_, []) => false,
        }
    }

    fn token() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "c", "github", "pr", "pull_request"])
    }

    fn event_types() -> impl Strategy<Value = String> {
        prop::collection::vec(token(), 1..5).prop_map(|tokens| tokens.join("."))
    }

    fn patterns() -> impl Strategy<Value = String> {
        let body = prop::collection::vec(prop_oneof![3 => token(), 2 => Just("*")], 0..4);
        (body, any::<bool>()).prop_map(|(mut tokens, rest)| {
            if rest || tokens.is_empty() {
                tokens.push(">");
            }
            tokens.join(".")
        })
    }

    fn meaning(written: &str) -> String {
        match written.strip_prefix("github.pr") {
            Some(rest) if rest.is_empty() || rest.starts_with('.') => format!("github.pull_request{rest}"),
            _ => written.to_owned(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn agrees_with_asking_every_pattern(
            steps in prop::collection::vec((any::<bool>(), 0..3_usize, patterns(), 0..6_u32), 1..60),
            asked in prop::collection::vec(event_types(), 1..12),
        ) {
            let tenants = ["acme", "umbrella", "x"];
            let mut index = Index::new();
            let mut model: BTreeSet<(usize, String, u32)> = BTreeSet::new();
            for (insert, tenant, written, value) in steps {
                let entry = (tenant, meaning(&written), value);
                if insert {
                    let fresh = index.insert(tenants[tenant], &pattern(&written), value);
                    prop_assert_eq!(fresh, model.insert(entry));
                } else {
                    let removed = index.remove(tenants[tenant], &pattern(&written), value);
                    prop_assert_eq!(removed, model.remove(&entry));
                }
            }
            for (tenant, name) in tenants.iter().enumerate() {
                for event_type in &asked {
                    let tokens: Vec<&str> = event_type.split('.').collect();
                    let of_tenant = model.iter().filter(|(of, ..)| *of == tenant);
                    let matching = of_tenant.filter(|(_, written, _)| {
                        naive(&written.split('.').collect::<Vec<_>>(), &tokens)
                    });
                    let expected: BTreeSet<u32> = matching.map(|(_, _, value)| *value).collect();
                    prop_assert_eq!(found(&index, name, event_type), expected.into_iter().collect::<Vec<_>>());
                }
            }
            for (tenant, written, value) in model {
                prop_assert!(index.remove(tenants[tenant], &pattern(&written), value));
            }
            prop_assert!(index.is_empty() && index.symbols.by_token.is_empty());
        }

        #[test]
        fn a_pattern_alone_agrees_too(written in patterns(), event_type in event_types()) {
            let meaning = meaning(&written);
            let expected = naive(
                &meaning.split('.').collect::<Vec<_>>(),
                &event_type.split('.').collect::<Vec<_>>(),
            );
            prop_assert_eq!(pattern(&written).matches(&EventType::try_from(event_type.as_str()).unwrap()), expected);
        }
    }
}
