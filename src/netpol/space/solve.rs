//! Backtracking with unit propagation over the domains of the keys.

use super::clause::{Clause, Literal, Standing, clause};
use super::domain::Space;
use crate::netpol::Selector;

/// How many words of bits a search may look at. It bounds the time, which the number of nodes would not: about 100,000 nodes
/// of a namespace with a dozen selectors, some tens of milliseconds.
const BUDGET: usize = 4_000_000;

/// What the search came to.
pub(super) enum Outcome {
    /// Whatever values are picked from these domains, no clause matches.
    Found(Vec<u64>),
    None,
    Undecided,
}

/// A node of the search: what every key still may be, and the clauses that may still match.
struct Node<'a> {
    domains: Vec<u64>,
    open: Vec<&'a Clause>,
}

/// The budget is spent.
struct Spent;

/// What [`Node::propagate`] came to.
enum Progress<'a> {
    /// Some clause matches whatever is picked.
    Conflict,
    /// No clause can match any more.
    Done,
    /// This literal, of the shortest open clause, is to be decided next.
    Undecided(&'a Literal),
}

/// How a clause stands in a node.
enum Look<'a> {
    /// Some literal has failed: it cannot match.
    Evaded,
    /// Every literal is fulfilled.
    Matches,
    /// So many literals are undecided, this one first.
    Open(usize, &'a Literal),
}

pub(super) fn solve(space: &Space<'_>, within: &Selector, avoid: &[&Selector]) -> Outcome {
    let Some(within) = clause(space, within) else { return Outcome::None };
    let mut clauses: Vec<Clause> =
        avoid.iter().filter_map(|selector| clause(space, selector)).collect();
    // The outcome must not depend on the order of the selectors.
    clauses.sort_unstable();
    clauses.dedup();
    let mut domains = space.domains();
    for literal in &within {
        literal.fulfil(&mut domains);
    }
    run(Node { domains, open: clauses.iter().collect() }).unwrap_or(Outcome::Undecided)
}

fn run(root: Node<'_>) -> Result<Outcome, Spent> {
    let mut budget = BUDGET;
    // An explicit stack: the depth grows with the number of selectors, which their authors choose.
    let mut nodes = vec![root];
    while let Some(mut node) = nodes.pop() {
        spend(&mut budget, node.domains.len() + 1)?;
        match node.propagate(&mut budget)? {
            Progress::Conflict => {}
            Progress::Done => return Ok(Outcome::Found(node.domains)),
            Progress::Undecided(literal) => {
                let mut fulfilled = Node { domains: node.domains.clone(), open: node.open.clone() };
                literal.fulfil(&mut fulfilled.domains);
                literal.fail(&mut node.domains);
                nodes.push(fulfilled);
                nodes.push(node);
            }
        }
    }
    Ok(Outcome::None)
}

fn spend(budget: &mut usize, cost: usize) -> Result<(), Spent> {
    *budget = budget.checked_sub(cost).ok_or(Spent)?;
    Ok(())
}

impl<'a> Node<'a> {
    /// Fails the last open literal of every clause until nothing changes.
    fn propagate(&mut self, budget: &mut usize) -> Result<Progress<'a>, Spent> {
        loop {
            let mut changed = false;
            let mut shortest: Option<(usize, &'a Literal)> = None;
            let mut open = Vec::with_capacity(self.open.len());
            for clause in std::mem::take(&mut self.open) {
                match self.look(clause, budget)? {
                    Look::Matches => return Ok(Progress::Conflict),
                    Look::Evaded => {}
                    Look::Open(1, literal) => {
                        literal.fail(&mut self.domains);
                        changed = true;
                    }
                    Look::Open(count, literal) => {
                        open.push(clause);
                        if shortest.is_none_or(|(least, _)| count < least) {
                            shortest = Some((count, literal));
                        }
                    }
                }
            }
            self.open = open;
            match shortest {
                None => return Ok(Progress::Done),
                Some((_, literal)) if !changed => return Ok(Progress::Undecided(literal)),
                Some(_) => {}
            }
        }
    }

    fn look(&self, clause: &'a Clause, budget: &mut usize) -> Result<Look<'a>, Spent> {
        let mut open = None;
        let mut count = 0;
        for literal in clause {
            spend(budget, literal.cost())?;
            match literal.standing(&self.domains) {
                Standing::Failed => return Ok(Look::Evaded),
                Standing::Fulfilled => {}
                Standing::Open => {
                    count += 1;
                    open = open.or(Some(literal));
                }
            }
        }
        Ok(open.map_or(Look::Matches, |literal| Look::Open(count, literal)))
    }
}
