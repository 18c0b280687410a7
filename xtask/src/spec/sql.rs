//! Reads the check rules of the published table reference: the part of PostgreSQL's expression language they use.

use anyhow::{Context as _, bail, ensure};

/// An expression of a check rule. Casts are dropped while reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Column(String),
    Text(String),
    Number(f64),
    List(Vec<Expr>),
    Call(String, Vec<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `left operator right`, the operator as written.
    Compare(Box<Expr>, String, Box<Expr>),
    /// `IS NULL` or, with `false`, `IS NOT NULL`.
    IsNull(Box<Expr>, bool),
    /// Branches of condition and result, and the result otherwise.
    Case(Vec<(Expr, Expr)>, Box<Expr>),
}

/// Reads the condition of `CHECK (...)`.
pub(super) fn check(definition: &str) -> anyhow::Result<Expr> {
    let inner = definition.strip_prefix("CHECK (").and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.context("is not a check")?;
    let mut parser = Parser { tokens: tokens(inner)?, next: 0 };
    let expr = parser.or()?;
    ensure!(parser.next == parser.tokens.len(), "what stands at {:?} is not understood", parser.peek());
    Ok(expr)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Number(f64),
    Sign(String),
}

const SIGNS: [&str; 14] = ["::", "!~", "<>", "<=", ">=", "<", ">", "=", "~", "(", ")", "[", "]", ","];

/// Casts to these make a number of a quoted one.
const NUMBERS: [&str; 5] = ["smallint", "integer", "bigint", "double", "numeric"];

fn tokens(text: &str) -> anyhow::Result<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => {
                let end = rest[1..].find(first).with_context(|| format!("{rest:?} does not end"))?;
                let inner = rest[1..=end].to_owned();
                found.push(if first == '"' { Token::Quoted(inner) } else { Token::Text(inner) });
                end + 2
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                found.push(Token::Number(rest[..end].parse()?));
                end
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                found.push(Token::Word(rest[..end].to_owned()));
                end
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.with_context(|| format!("{rest:?} starts with an unknown sign"))?;
                found.push(Token::Sign((*sign).to_owned()));
                sign.len()
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> anyhow::Result<Token> {
        let token = self.peek().cloned().context("the rule ends too early")?;
        self.next += 1;
        Ok(token)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if s == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, found: bool, what: &str) -> anyhow::Result<()> {
        ensure!(found, "{what} expected, found {:?}", self.peek());
        Ok(())
    }

    fn or(&mut self) -> anyhow::Result<Expr> {
        let mut parts = vec![self.and()?];
        while self.word("OR") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn and(&mut self) -> anyhow::Result<Expr> {
        let mut parts = vec![self.comparison()?];
        while self.word("AND") {
            parts.push(self.comparison()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn comparison(&mut self) -> anyhow::Result<Expr> {
        let left = self.operand()?;
        if self.word("IS") {
            return self.is(left);
        }
        for sign in ["!~", "<>", "<=", ">=", "<", ">", "=", "~"] {
            if self.sign(sign) {
                let right = self.right(sign)?;
                return Ok(Expr::Compare(Box::new(left), sign.to_owned(), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn is(&mut self, left: Expr) -> anyhow::Result<Expr> {
        if self.word("DISTINCT") {
            let from = self.word("FROM");
            self.expect(from, "FROM")?;
            let right = self.operand()?;
            return Ok(Expr::Compare(Box::new(left), "IS DISTINCT FROM".to_owned(), Box::new(right)));
        }
        let not = self.word("NOT");
        let null = self.word("NULL");
        self.expect(null, "NULL")?;
        Ok(Expr::IsNull(Box::new(left), !not))
    }

    /// `= ANY (list)` and `<> ALL (list)` mean membership; the list itself says so.
    fn right(&mut self, sign: &str) -> anyhow::Result<Expr> {
        if sign == "=" && self.word("ANY") || sign == "<>" && self.word("ALL") {
            let list = self.operand()?;
            ensure!(matches!(list, Expr::List(_)), "a list expected after {sign}");
            return Ok(list);
        }
        self.operand()
    }

    fn operand(&mut self) -> anyhow::Result<Expr> {
        let expr = match self.take()? {
            Token::Sign(s) if s == "(" => {
                let inner = self.or()?;
                let closed = self.sign(")");
                self.expect(closed, ")")?;
                inner
            }
            Token::Number(number) => Expr::Number(number),
            Token::Text(text) => Expr::Text(text),
            Token::Quoted(name) => Expr::Column(name),
            Token::Word(word) if word == "CASE" => self.case()?,
            Token::Word(word) if word == "ARRAY" => Expr::List(self.members("[", "]")?),
            Token::Word(word) if self.peek() == Some(&Token::Sign("(".to_owned())) => {
                Expr::Call(word, self.members("(", ")")?)
            }
            Token::Word(word) => Expr::Column(word),
            token => bail!("{token:?} is not understood"),
        };
        self.without_casts(expr)
    }

    fn without_casts(&mut self, mut expr: Expr) -> anyhow::Result<Expr> {
        while self.sign("::") {
            let ty = self.take()?;
            let Token::Word(ty) = ty else { bail!("{ty:?} is not a type") };
            let complete = ty != "double" || self.word("precision");
            self.expect(complete, "precision")?;
            if let Expr::Text(text) = &expr
                && NUMBERS.contains(&ty.as_str())
            {
                expr = Expr::Number(text.parse().with_context(|| format!("{text:?} is not a number"))?);
            }
        }
        Ok(expr)
    }

    fn members(&mut self, open: &str, close: &str) -> anyhow::Result<Vec<Expr>> {
        let opened = self.sign(open);
        self.expect(opened, open)?;
        let mut list = vec![self.or()?];
        while self.sign(",") {
            list.push(self.or()?);
        }
        let closed = self.sign(close);
        self.expect(closed, close)?;
        Ok(list)
    }

    fn case(&mut self) -> anyhow::Result<Expr> {
        let subject = match self.word("WHEN") {
            true => None,
            false => {
                let subject = self.operand()?;
                let when = self.word("WHEN");
                self.expect(when, "WHEN")?;
                Some(subject)
            }
        };
        let mut branches = Vec::new();
        loop {
            let tested = self.or()?;
            let condition = match &subject {
                Some(subject) => Expr::Compare(Box::new(subject.clone()), "=".to_owned(), Box::new(tested)),
                None => tested,
            };
            let then = self.word("THEN");
            self.expect(then, "THEN")?;
            branches.push((condition, self.or()?));
            if !self.word("WHEN") {
                break;
            }
        }
        let otherwise = self.word("ELSE");
        self.expect(otherwise, "ELSE")?;
        let rest = self.or()?;
        let end = self.word("END");
        self.expect(end, "END")?;
        Ok(Expr::Case(branches, Box::new(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_and_quotes_are_dropped() {
        let expr = check("CHECK (\"position\"::text = ''::text AND factor > 0::double precision)").unwrap();
        let Expr::And(parts) = expr else { panic!("{expr:?}") };
        assert_eq!(parts[0], compare("position", "=", Expr::Text(String::new())));
        assert_eq!(parts[1], compare("factor", ">", Expr::Number(0.0)));
    }

    #[test]
    fn a_text_of_digits_stays_a_text_unless_it_is_cast_to_a_number() {
        assert_eq!(check("CHECK (code = '0'::text)").unwrap(), compare("code", "=", Expr::Text("0".to_owned())));
        assert_eq!(check("CHECK (code = '0'::smallint)").unwrap(), compare("code", "=", Expr::Number(0.0)));
        assert!(check("CHECK (code = 'x'::smallint)").is_err());
    }

    #[test]
    fn a_negative_bound_is_a_number() {
        let expr = check("CHECK (VALUE >= '-100'::integer::double precision)").unwrap();
        assert_eq!(expr, compare("VALUE", ">=", Expr::Number(-100.0)));
    }

    #[test]
    fn a_case_with_subject_compares_it() {
        let Expr::Case(branches, _) =
            check("CHECK (\nCASE type\n WHEN 0 THEN a IS NULL\n ELSE b IS NOT NULL\nEND)").unwrap()
        else {
            panic!("a case expected")
        };
        assert_eq!(branches[0].0, compare("type", "=", Expr::Number(0.0)));
    }

    #[test]
    fn an_unknown_sign_is_an_error() {
        assert!(check("CHECK (a @> b)").is_err());
        assert!(check("CHECK (a = )").is_err());
        assert!(check("UNIQUE (a)").is_err());
    }

    fn compare(column: &str, sign: &str, right: Expr) -> Expr {
        Expr::Compare(Box::new(Expr::Column(column.to_owned())), sign.to_owned(), Box::new(right))
    }
}
