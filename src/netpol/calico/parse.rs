//! The selector language: text to expression.

use std::fmt;

use super::token::{Token, tokens};
use super::{Affix, Expression};

/// How deep parentheses may stand in parentheses: beyond that nobody wrote it by hand.
const DEEPEST: usize = 100;

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Malformed {
    /// Where in the text, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl std::error::Error for Malformed {}

/// `a label needs an operator (at character 5)`, counted from one.
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.reason, self.at + 1)
    }
}

/// Reads a selector as Calico does (`libcalico-go/lib/selector/parser`): `!` binds before `&&`, and that before `||`; the empty
/// text selects everything.
pub fn parse(selector: &str) -> Result<Expression, Malformed> {
    let tokens = tokens(selector)?;
    if tokens.is_empty() {
        return Ok(Expression::All);
    }
    let mut parser = Parser { tokens: &tokens, next: 0, end: selector.len() };
    let expression = parser.alternatives(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(Token::RightParenthesis) => parser.fail("this parenthesis closes nothing"),
        Some(_) => parser.fail("expected && or || here"),
    }
}

struct Parser<'t> {
    tokens: &'t [(usize, Token<'t>)],
    next: usize,
    end: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.next).map(|(_, token)| *token)
    }

    fn take(&mut self) -> Option<Token<'t>> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn skip(&mut self, token: Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        self.next += usize::from(is_next);
        is_next
    }

    /// An error at the next token.
    fn fail<T>(&self, reason: &'static str) -> Result<T, Malformed> {
        let at = self.tokens.get(self.next).map_or(self.end, |(at, _)| *at);
        Err(Malformed { at, reason })
    }

    fn alternatives(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let mut operands = vec![self.conjunction(depth)?];
        while self.skip(Token::Or) {
            operands.push(self.conjunction(depth)?);
        }
        Ok(single(operands, Expression::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let mut operands = vec![self.operation(depth)?];
        while self.skip(Token::And) {
            operands.push(self.operation(depth)?);
        }
        Ok(single(operands, Expression::And))
    }

    fn operation(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let mut negated = false;
        while self.skip(Token::Not) {
            negated = !negated;
        }
        let operand = self.operand(depth)?;
        Ok(if negated { Expression::Not(Box::new(operand)) } else { operand })
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, Malformed> {
        let operand = match self.peek() {
            Some(Token::All) => Expression::All,
            Some(Token::Global) => Expression::Global,
            Some(Token::Has(key)) => Expression::Has(key.to_owned()),
            Some(Token::Key(key)) => {
                self.next += 1;
                return self.comparison(key.to_owned());
            }
            Some(Token::LeftParenthesis) if depth == DEEPEST => {
                return self.fail("too many parentheses in parentheses");
            }
            Some(Token::LeftParenthesis) => {
                self.next += 1;
                let inner = self.alternatives(depth + 1)?;
                if !self.skip(Token::RightParenthesis) {
                    return self.fail("expected a closing parenthesis here");
                }
                return Ok(inner);
            }
            _ => return self.fail("expected a label, has(), all() or a parenthesis here"),
        };
        self.next += 1;
        Ok(operand)
    }

    fn comparison(&mut self, key: String) -> Result<Expression, Malformed> {
        let operator = self.peek();
        let affix = match operator {
            Some(Token::Contains) => Affix::Anywhere,
            Some(Token::StartsWith) => Affix::First,
            Some(Token::EndsWith) => Affix::Last,
            Some(Token::Equal | Token::NotEqual | Token::In | Token::NotIn) => {
                self.next += 1;
                let is_list = matches!(operator, Some(Token::In | Token::NotIn));
                let values = if is_list { self.list()? } else { vec![self.text()?] };
                let values = values.into_iter().collect();
                let is_positive = matches!(operator, Some(Token::Equal | Token::In));
                return Ok(if is_positive {
                    Expression::In(key, values)
                } else {
                    Expression::NotIn(key, values)
                });
            }
            _ => return self.fail("expected an operator behind the label"),
        };
        self.next += 1;
        Ok(Expression::Text(key, affix, self.text()?))
    }

    fn text(&mut self) -> Result<String, Malformed> {
        match self.peek() {
            Some(Token::Text(text)) => {
                self.next += 1;
                Ok(text.to_owned())
            }
            _ => self.fail("expected a text in quotes here"),
        }
    }

    /// Calico takes a comma behind the last value, and an empty list.
    fn list(&mut self) -> Result<Vec<String>, Malformed> {
        if !self.skip(Token::LeftBrace) {
            return self.fail("expected a list in braces here");
        }
        let mut values = Vec::new();
        while let Some(Token::Text(value)) = self.peek() {
            values.push(value.to_owned());
            self.next += 1;
            if !self.skip(Token::Comma) {
                break;
            }
        }
        match self.peek() {
            Some(Token::RightBrace) => {
                self.take();
                Ok(values)
            }
            _ => self.fail("expected a closing brace here"),
        }
    }
}

fn single(mut operands: Vec<Expression>, combine: fn(Vec<Expression>) -> Expression) -> Expression {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        last => {
            operands.extend(last);
            combine(operands)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Affix, Expression};
    use super::{Malformed, parse};
    use Expression::{All, And, Global, Has, Not, Or, Text};

    fn is(key: &str, values: &[&str]) -> Expression {
        Expression::In(key.into(), values.iter().copied().map(Into::into).collect())
    }

    fn is_not(key: &str, values: &[&str]) -> Expression {
        Expression::NotIn(key.into(), values.iter().copied().map(Into::into).collect())
    }

    fn not(expression: Expression) -> Expression {
        Not(Box::new(expression))
    }

    #[test]
    fn every_operator_is_read() {
        for (selector, expression) in [
            ("", All),
            (" \t ", All),
            ("all()", All),
            ("all( )", All),
            ("global()", Global),
            ("a == 'x'", is("a", &["x"])),
            ("a=='x'", is("a", &["x"])),
            ("a == \"it's\"", is("a", &["it's"])),
            ("a != ''", is_not("a", &[""])),
            ("app.kubernetes.io/name == 'x'", is("app.kubernetes.io/name", &["x"])),
            ("a in {'x', \"y\"}", is("a", &["x", "y"])),
            ("a in{'x',}", is("a", &["x"])),
            ("a in {}", is("a", &[])),
            ("a not in {'x'}", is_not("a", &["x"])),
            ("a notin {'x'}", is_not("a", &["x"])),
            ("in in {'in'}", is("in", &["in"])),
            ("has(a)", Has("a".into())),
            ("has( a )", Has("a".into())),
            ("!has(a)", not(Has("a".into()))),
            ("!!has(a)", Has("a".into())),
            ("a contains 'x'", Text("a".into(), Affix::Anywhere, "x".into())),
            ("a starts with 'x'", Text("a".into(), Affix::First, "x".into())),
            ("a ends  with 'x'", Text("a".into(), Affix::Last, "x".into())),
        ] {
            assert_eq!(parse(selector), Ok(expression), "{selector}");
        }
    }

    #[test]
    fn negation_binds_before_and_and_that_before_or() {
        let (a, b, c) = (Has("a".into()), Has("b".into()), Has("c".into()));
        for (selector, expression) in [
            ("has(a) || has(b) && has(c)", Or(vec![a.clone(), And(vec![b.clone(), c.clone()])])),
            ("(has(a) || has(b)) && has(c)", And(vec![Or(vec![a.clone(), b.clone()]), c.clone()])),
            ("!has(a) && has(b)", And(vec![not(a.clone()), b.clone()])),
            ("!(has(a) && has(b))", not(And(vec![a.clone(), b.clone()]))),
            ("((has(a)))", a.clone()),
            ("has(a)&&has(b)&&has(c)", And(vec![a, b, c])),
        ] {
            assert_eq!(parse(selector), Ok(expression), "{selector}");
        }
    }

    #[test]
    fn errors_tell_the_place() {
        for (selector, at, reason) in [
            ("a", 1, "expected an operator behind the label"),
            (
                "a b",
                2,
                "a label needs an operator: ==, !=, in, not in, contains, starts with or ends with",
            ),
            (
                "a = 'x'",
                2,
                "a label needs an operator: ==, !=, in, not in, contains, starts with or ends with",
            ),
            ("a == x", 5, "expected a text in quotes here"),
            ("a == 'x", 5, "this text has no closing quote"),
            ("a == 'x' b == 'y'", 9, "expected && or || here"),
            ("a == 'x' &&", 11, "expected a label, has(), all() or a parenthesis here"),
            ("a in 'x'", 5, "expected a list in braces here"),
            ("a in {'x'", 9, "expected a closing brace here"),
            ("a in {x}", 6, "expected a closing brace here"),
            ("(has(a)", 7, "expected a closing parenthesis here"),
            ("has(a))", 6, "this parenthesis closes nothing"),
            ("has()", 0, "has() needs the name of a label"),
            ("has(a", 0, "this call has no closing parenthesis"),
            ("all", 3, "expected an operator behind the label"),
            ("has(a)\n", 6, "no label, operator or text begins so"),
            ("ä == 'x'", 0, "no label, operator or text begins so"),
            ("has(a) & has(b)", 7, "no label, operator or text begins so"),
        ] {
            assert_eq!(parse(selector), Err(Malformed { at, reason }), "{selector}");
        }
        assert_eq!(
            parse("a").unwrap_err().to_string(),
            "expected an operator behind the label (at character 2)"
        );
    }

    #[test]
    fn a_hundred_parentheses_are_read_and_a_million_refused() {
        let nested = |depth| format!("{}has(a){}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(parse(&nested(100)), Ok(Has("a".into())));
        assert_eq!(parse(&nested(1_000_000)).unwrap_err().at, 100);
        assert_eq!(parse(&format!("{}has(a)", "!".repeat(1_000_001))), Ok(not(Has("a".into()))));
    }
}
