//! How a filter decides: all its combinations at once, in one walk over what it asks about.
//!
//! `$or` makes combinations: one alternative of each, all of which must hold. Each gets a bit, and a walk along the
//! paths asks of every value which combinations still hold with it. So an event is walked once for 128 combinations,
//! and a condition that many of them share is asked once.
//!
//! What makes it more than a table: all that a combination asks of the objects in an array must hold for one and the
//! same object, its `exists: false` included; where it asks for nothing but absence, it means every object.

use super::effort::Effort;
use super::parse::{Clause, Condition};
use super::reading::{Reading, Scalar, Value};

/// One bit a combination.
type Combinations = u128;

const ALL: Combinations = Combinations::MAX;

/// Up to 128 combinations of a filter.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    combinations: Combinations,
    root: Node,
}

/// What is asked of one path.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Sorted by name.
    children: Vec<(Box<str>, Node)>,
    /// Conditions by number, and who has them.
    conditions: Vec<(usize, Combinations)>,
    /// Who wants one of these conditions to hold for a value here.
    wanting: Combinations,
    /// Who wants no value here.
    absent: Combinations,
    /// Who wants no value to be anything below, but at most to be absent.
    idle_below: Combinations,
    /// Who is content with an object that has none of the children.
    without_children: Combinations,
}

/// A condition of a combination, or its other half: that no value is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub condition: usize,
    pub absent: bool,
}

/// How many combinations there are; stops counting at the largest number there is.
pub(super) fn count(clauses: &[Clause], conditions: &[Condition]) -> usize {
    let of_one = |clause: &Clause| match clause {
        Clause::Condition(number) => halves(*number, conditions).count(),
        Clause::Either(alternatives) => alternatives
            .iter()
            .fold(0, |sum: usize, alternative| sum.saturating_add(count(alternative, conditions))),
    };
    clauses.iter().fold(1, |product: usize, clause| product.saturating_mul(of_one(clause)))
}

/// What each combination asks.
pub(super) fn combinations(clauses: &[Clause], conditions: &[Condition]) -> Vec<Vec<Part>> {
    clauses.iter().fold(vec![Vec::new()], |so_far, clause| {
        let choices: Vec<Vec<Part>> = match clause {
            Clause::Condition(number) => halves(*number, conditions).map(|part| vec![part]).collect(),
            Clause::Either(alternatives) => {
                alternatives.iter().flat_map(|alternative| combinations(alternative, conditions)).collect()
            }
        };
        let with_each = |parts: Vec<Part>| {
            choices
                .iter()
                .map(move |choice| [parts.as_slice(), choice.as_slice()].concat())
                .collect::<Vec<_>>()
        };
        so_far.into_iter().flat_map(with_each).collect()
    })
}

/// "Is so, or is absent" is two combinations.
fn halves(number: usize, conditions: &[Condition]) -> impl Iterator<Item = Part> + use<> {
    let (value, absent) = conditions
        .get(number)
        .map_or((false, false), |condition| (!condition.operators.is_empty(), condition.or_absent));
    let part = move |absent| Part { condition: number, absent };
    value.then(|| part(false)).into_iter().chain(absent.then(|| part(true)))
}

impl Plan {
    pub fn of(combinations: &[Vec<Part>], conditions: &[Condition]) -> Vec<Self> {
        let width = Combinations::BITS as usize;
        combinations.chunks(width).map(|chunk| Self::of_chunk(chunk, conditions)).collect()
    }

    fn of_chunk(chunk: &[Vec<Part>], conditions: &[Condition]) -> Self {
        let mut plan = Self { combinations: 0, root: Node::default() };
        for (at, parts) in chunk.iter().enumerate() {
            let bit = 1 << at;
            plan.combinations |= bit;
            for part in parts {
                if let Some(condition) = conditions.get(part.condition) {
                    plan.root.add(condition.path.names(), *part, bit);
                }
            }
        }
        plan.root.finish();
        plan
    }

    /// Whether any of its combinations holds, as far as the effort goes.
    pub fn holds(&self, reading: &Reading, conditions: &[Condition], effort: &mut Effort) -> bool {
        let mut walk = Walk { conditions, found: Vec::new(), effort };
        walk.node(&self.root, reading.root()) & self.combinations != 0
    }
}

impl Node {
    fn add(&mut self, names: &[Box<str>], part: Part, bit: Combinations) {
        if let Some((first, rest)) = names.split_first() {
            let at = self.children.binary_search_by(|(name, _)| name.cmp(first)).unwrap_or_else(|at| {
                self.children.insert(at, (first.clone(), Self::default()));
                at
            });
            self.children[at].1.add(rest, part, bit);
        } else if part.absent {
            self.absent |= bit;
        } else {
            self.wanting |= bit;
            match self.conditions.iter_mut().find(|(number, _)| *number == part.condition) {
                Some((_, who)) => *who |= bit,
                None => self.conditions.push((part.condition, bit)),
            }
        }
    }

    /// Answers with who wants a value here or below.
    fn finish(&mut self) -> Combinations {
        let below = self.children.iter_mut().fold(0, |below, (_, child)| below | child.finish());
        self.idle_below = !below;
        self.without_children =
            self.children.iter().fold(ALL, |content, (_, child)| content & child.missing());
        below | self.wanting
    }

    /// Who is content where there is nothing.
    fn missing(&self) -> Combinations {
        !self.wanting & self.idle_below
    }
}

struct Walk<'a, 'e> {
    conditions: &'a [Condition],
    /// The values of the objects being walked, in the order of their nodes' children.
    found: Vec<Option<Value<'a>>>,
    effort: &'e mut Effort,
}

impl<'a> Walk<'a, '_> {
    /// Who is content with a value and all that is in it, as far as this node and those below know.
    fn node(&mut self, node: &Node, value: Option<Value<'a>>) -> Combinations {
        let Some(value) = value else { return node.missing() };
        let (mut content, mut any_scalar) = (0, false);
        let (mut some_object, mut every_object) = (0, ALL);
        self.effort.pass(value.values());
        for value in value.each() {
            self.effort.read(0, 1);
            if self.effort.is_spent() {
                return 0;
            }
            if value.is_object() {
                if !node.children.is_empty() {
                    let with_it = self.object(node, value);
                    some_object |= with_it;
                    every_object &= with_it;
                }
                continue;
            }
            any_scalar = true;
            self.effort.unescape(value.written());
            if content & node.wanting != node.wanting
                && let Some(scalar) = value.scalar()
            {
                content = self.scalar(node, &scalar, content);
            }
            if node.children.is_empty() && content & node.wanting == node.wanting {
                break;
            }
        }
        let here = (content | !node.wanting) & if any_scalar { !node.absent } else { ALL };
        let below = (some_object & !node.idle_below) | (every_object & node.idle_below);
        here & below
    }

    /// Who has been content so far, and who is with this value.
    fn scalar(&mut self, node: &Node, scalar: &Scalar<'_>, mut content: Combinations) -> Combinations {
        let bytes = scalar.bytes();
        self.effort.read(bytes, 1);
        for (number, who) in &node.conditions {
            if content & who == *who {
                continue;
            }
            for operator in self.conditions.get(*number).iter().flat_map(|condition| &condition.operators) {
                self.effort.read(bytes, operator.looks());
                if self.effort.is_spent() {
                    return 0;
                }
                if operator.holds(scalar) {
                    content |= who;
                    break;
                }
            }
        }
        content
    }

    fn object(&mut self, node: &Node, object: Value<'a>) -> Combinations {
        let base = self.found.len();
        self.effort.pass(node.children.len());
        self.found.resize(base + node.children.len(), None);
        let mut any_found = false;
        for (name, value) in object.members() {
            self.effort.unescape(name.written());
            if self.effort.is_spent() {
                break;
            }
            let at = name.text().and_then(|name| {
                node.children.binary_search_by(|(child, _)| child.as_ref().cmp(name.as_ref())).ok()
            });
            // Of a name that is there twice the last counts.
            if let Some(found) = at.and_then(|at| self.found.get_mut(base + at)) {
                *found = Some(value);
                any_found = true;
            }
        }
        let mut content = if any_found { ALL } else { node.without_children };
        let children = if any_found { node.children.as_slice() } else { &[] };
        for (at, (_, child)) in children.iter().enumerate() {
            let value = self.found.get(base + at).copied().flatten();
            content &= self.node(child, value);
            if content == 0 {
                break;
            }
        }
        self.found.truncate(base);
        content
    }
}
