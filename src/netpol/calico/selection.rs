//! Expressions as unions of label selectors: what coverage can be computed of.

use super::expression::Expression;
use super::labels::{LabelSource, Value};
use crate::netpol::{Operator, Requirement, Search, Selector, search};

/// How many conjunctions an expression may become: `&&` of `||` multiplies.
const MOST: usize = 128;

/// The pods that an expression selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// A pod that one of these matches is selected for certain.
    pub certain: Vec<Selector>,
    /// No other pod is; else of the others it is not known.
    pub exact: bool,
}

/// A conjunction.
#[derive(Clone)]
struct Clause {
    selector: Selector,
    /// It selects what its selector matches; else perhaps some of that.
    certain: bool,
}

/// More conjunctions than the budget allows.
struct TooMany;

impl Selection {
    /// What all `expressions` select, asked of `labels`: keys whose value is free become requirements.
    pub fn of<'e>(
        expressions: impl IntoIterator<Item = &'e Expression>,
        labels: &impl LabelSource,
    ) -> Self {
        let Ok(clauses) = product(expressions, true, labels) else { return Self::default() };
        let is_possible = |clause: &Clause| clause.selector.is_satisfiable() != Some(false);
        let (certain, uncertain): (Vec<Clause>, Vec<Clause>) =
            clauses.into_iter().filter(is_possible).partition(|clause| clause.certain);
        let mut certain: Vec<Selector> =
            certain.into_iter().map(|clause| clause.selector).collect();
        certain.sort();
        certain.dedup();
        let known: Vec<&Selector> = certain.iter().collect();
        let adds_nothing = |clause: &Clause| search(&clause.selector, &known) == Search::None;
        let exact = uncertain.iter().all(adds_nothing);
        Self { certain, exact }
    }

    /// No pod.
    pub fn nothing() -> Self {
        Self { certain: Vec::new(), exact: true }
    }

    /// The same pods, of none of which it is certain.
    pub(super) fn perhaps(self) -> Self {
        Self { exact: self.is_nothing(), certain: Vec::new() }
    }

    /// Whether it surely selects no pod.
    pub fn is_nothing(&self) -> bool {
        self.exact && self.certain.is_empty()
    }
}

/// The expression (or its negation) as a disjunction of conjunctions.
fn clauses(
    expression: &Expression,
    positive: bool,
    labels: &impl LabelSource,
) -> Result<Vec<Clause>, TooMany> {
    Ok(match expression {
        Expression::All => {
            if positive {
                vec![everything(true)]
            } else {
                Vec::new()
            }
        }
        Expression::Global | Expression::Unknown => vec![everything(false)],
        Expression::Not(operand) => clauses(operand, !positive, labels)?,
        // De Morgan.
        Expression::And(operands) if positive => product(operands, positive, labels)?,
        Expression::Or(operands) if !positive => product(operands, positive, labels)?,
        Expression::And(operands) | Expression::Or(operands) => {
            let mut sum = Vec::new();
            for operand in operands {
                sum.extend(clauses(operand, positive, labels)?);
                if sum.len() > MOST {
                    return Err(TooMany);
                }
            }
            sum
        }
        Expression::Has(key)
        | Expression::In(key, _)
        | Expression::NotIn(key, _)
        | Expression::Text(key, ..) => comparison(expression, key, positive, labels.value(key)),
    })
}

fn product<'e>(
    operands: impl IntoIterator<Item = &'e Expression>,
    positive: bool,
    labels: &impl LabelSource,
) -> Result<Vec<Clause>, TooMany> {
    let mut product = vec![everything(true)];
    for operand in operands {
        let factors = clauses(operand, positive, labels)?;
        if product.len() * factors.len() > MOST {
            return Err(TooMany);
        }
        let with = |one: &Clause| {
            let one = one.clone();
            factors.iter().map(move |other| one.and(other)).collect::<Vec<_>>()
        };
        product = product.iter().flat_map(with).collect();
    }
    Ok(product)
}

/// One comparison, or its negation, with a value of which this is known.
fn comparison(comparison: &Expression, key: &str, positive: bool, value: Value<'_>) -> Vec<Clause> {
    let value = match value {
        Value::Is(value) => Some(value),
        Value::Absent => None,
        Value::Unknown => return vec![everything(false)],
        Value::Free => return vec![free(comparison, key, positive)],
    };
    if comparison.admits(value) == positive { vec![everything(true)] } else { Vec::new() }
}

/// One comparison, or its negation, with a value that the author of a pod chooses.
fn free(comparison: &Expression, key: &str, positive: bool) -> Clause {
    let operator = match (comparison, positive) {
        (Expression::Has(_), true) => Operator::Exists,
        (Expression::Has(_), false) => Operator::DoesNotExist,
        (Expression::In(_, values), true) | (Expression::NotIn(_, values), false) => {
            Operator::In(values.clone())
        }
        (Expression::In(_, values), false) | (Expression::NotIn(_, values), true) => {
            Operator::NotIn(values.clone())
        }
        // Every value contains the empty text.
        (Expression::Text(_, _, text), true) if text.is_empty() => Operator::Exists,
        (Expression::Text(_, _, text), false) if text.is_empty() => Operator::DoesNotExist,
        // Label selectors cannot look into values.
        _ => return everything(false),
    };
    let requirements = vec![Requirement { key: key.to_owned(), operator }];
    Clause { selector: Selector { requirements }, certain: true }
}

fn everything(certain: bool) -> Clause {
    Clause { selector: Selector::default(), certain }
}

impl Clause {
    fn and(&self, other: &Self) -> Self {
        Self {
            selector: self.selector.and(&other.selector),
            certain: self.certain && other.certain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::netpol::Labels;
    use crate::netpol::calico::{AnyPod, parse};

    fn selection(selector: &str) -> (Vec<String>, bool) {
        let namespace_labels = Labels::from_iter([("team", "blue")]);
        let any = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        let Selection { certain, exact } = Selection::of([&parse(selector).unwrap()], &any);
        (certain.iter().map(ToString::to_string).collect(), exact)
    }

    #[test]
    fn expressions_become_unions_of_conjunctions() {
        for (selector, certain, exact) in [
            ("all()", vec!["{}"], true),
            ("!all()", vec![], true),
            ("a == 'x'", vec!["a=x"], true),
            ("a in {'x', 'y'} && !has(b)", vec!["a in (x,y),!b"], true),
            ("a == 'x' || b != 'y'", vec!["a=x", "b!=y"], true),
            ("!(a == 'x' || !has(b))", vec!["a!=x,b"], true),
            ("!(a == 'x' && has(b))", vec!["a!=x", "!b"], true),
            ("(has(a) || has(b)) && has(c)", vec!["a,c", "b,c"], true),
            ("a == 'x' && a == 'y'", vec![], true),
            ("a in {}", vec![], true),
            ("a not in {}", vec!["a notin ()"], true),
        ] {
            let (mut found, found_exact) = selection(selector);
            found.sort();
            let mut certain: Vec<String> = certain.into_iter().map(String::from).collect();
            certain.sort();
            assert_eq!((found, found_exact), (certain, exact), "{selector}");
        }
    }

    #[test]
    fn pseudo_labels_are_resolved() {
        for (selector, certain, exact) in [
            ("projectcalico.org/namespace == 'shop'", vec!["{}"], true),
            ("projectcalico.org/namespace != 'shop'", vec![], true),
            ("projectcalico.org/namespace starts with 'sh' && has(a)", vec!["a"], true),
            ("projectcalico.org/orchestrator == 'k8s'", vec!["{}"], true),
            ("pcns.team == 'blue' || a == 'x'", vec!["a=x", "{}"], true),
            ("pcns.team == 'red' || a == 'x'", vec!["a=x"], true),
            ("projectcalico.org/serviceaccount == 'x'", vec![], false),
            ("projectcalico.org/serviceaccount == 'x' && pcns.team == 'red'", vec![], true),
        ] {
            let (mut found, found_exact) = selection(selector);
            found.sort();
            assert_eq!(
                (found, found_exact),
                (certain.iter().map(ToString::to_string).collect(), exact),
                "{selector}"
            );
        }
    }

    #[test]
    fn what_is_not_expressible_is_left_open_where_it_matters() {
        for (selector, certain, exact) in [
            ("a contains 'x'", vec![], false),
            ("!(a contains 'x')", vec![], false),
            ("a contains ''", vec!["a"], true),
            ("a contains 'x' || has(b)", vec!["b"], false),
            ("a contains 'x' || all()", vec!["{}"], true),
            ("a contains 'x' && has(b) || has(b)", vec!["b"], true),
            ("a contains 'x' && has(b) && !has(b)", vec![], true),
            ("global()", vec![], false),
        ] {
            assert_eq!(
                selection(selector),
                (certain.iter().map(ToString::to_string).collect(), exact),
                "{selector}"
            );
        }
    }

    #[test]
    fn the_budget_leaves_everything_open() {
        let factor = |index| format!("(has(a{index}) || has(b{index}))");
        let product = |count| (0..count).map(factor).collect::<Vec<_>>().join(" && ");
        assert_eq!(selection(&product(7)).0.len(), 128);
        assert_eq!(selection(&product(8)), (vec![], false));
        assert!(!selection(&product(8)).1);
    }
}
