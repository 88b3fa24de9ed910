//! From words to a tree, by CEL's grammar.
//!
//! Design: recursive descent, one function per level of binding, as the grammar is written. Depth is counted
//! both on the way down (brackets) and in the tree (chains lean left), so neither this code nor the ones after
//! it can run out of stack.

use super::error::Fault;
use super::lex::{Lexed, Token, lex};
use super::{DEPTH_MAX, LIST_MAX};

/// A node and where it starts in the condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) node: Node,
    depth: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Name(String),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(BinaryOp, Box<(Expr, Expr)>),
    In(Box<Expr>, Vec<Expr>),
    Choice(Box<(Expr, Expr, Expr)>),
    Call(String, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

pub(super) fn parse(source: &str) -> Result<Expr, Fault> {
    let mut parser = Parser { tokens: lex(source)?, next: 0, open: 0 };
    let expr = parser.choice()?;
    let (at, token) = parser.peek();
    match token {
        Token::End => Ok(expr),
        other => Err(Fault::new(
            at,
            format!("the condition goes on with {}", show(other)),
            "join conditions with && or ||",
        )),
    }
}

struct Parser {
    tokens: Vec<Lexed>,
    next: usize,
    open: usize,
}

fn show(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Int(value) => format!("`{value}`"),
        Token::Double(value) => format!("`{value}`"),
        Token::Text(text) => format!("\"{text}\""),
        Token::Sign(sign) => format!("`{sign}`"),
        Token::End => "nothing".to_owned(),
    }
}

impl Expr {
    fn leaf(at: usize, node: Node) -> Self {
        Self { at, node, depth: 1 }
    }

    fn over(at: usize, node: Node, below: usize) -> Result<Self, Fault> {
        if below >= DEPTH_MAX {
            return Err(too_deep(at));
        }
        Ok(Self { at, node, depth: below + 1 })
    }
}

fn too_deep(at: usize) -> Fault {
    Fault::new(at, format!("the condition nests deeper than {DEPTH_MAX}"), "split it into several rules")
}

impl Parser {
    fn peek(&self) -> (usize, &Token) {
        match self.tokens.get(self.next).or(self.tokens.last()) {
            Some(lexed) => (lexed.at, &lexed.token),
            None => (0, &Token::End),
        }
    }

    fn take(&mut self) -> (usize, Token) {
        let (at, token) = self.peek();
        let taken = (at, token.clone());
        self.next += 1;
        taken
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek().1, Token::Sign(next) if *next == sign);
        if found {
            self.next += 1;
        }
        found
    }

    fn expect(&mut self, sign: &str, after: &str) -> Result<(), Fault> {
        if self.eat(sign) {
            return Ok(());
        }
        let (at, token) = self.peek();
        Err(Fault::new(
            at,
            format!("expected `{sign}` {after}, found {}", show(token)),
            format!("add `{sign}`"),
        ))
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.open += 1;
        if self.open > DEPTH_MAX {
            return Err(too_deep(self.peek().0));
        }
        let result = inner(self);
        self.open -= 1;
        result
    }

    fn choice(&mut self) -> Result<Expr, Fault> {
        self.nested(|parser| {
            let test = parser.or()?;
            if !parser.eat("?") {
                return Ok(test);
            }
            let then = parser.or()?;
            parser.expect(":", "between the two values of `? :`")?;
            let other = parser.choice()?;
            let (at, below) = (test.at, test.depth.max(then.depth).max(other.depth));
            Expr::over(at, Node::Choice(Box::new((test, then, other))), below)
        })
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        self.chain(&[("||", BinaryOp::Or)], Self::and)
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        self.chain(&[("&&", BinaryOp::And)], Self::relation)
    }

    fn relation(&mut self) -> Result<Expr, Fault> {
        const RELATIONS: [(&str, BinaryOp); 6] = [
            ("==", BinaryOp::Equal),
            ("!=", BinaryOp::NotEqual),
            ("<=", BinaryOp::AtMost),
            (">=", BinaryOp::AtLeast),
            ("<", BinaryOp::Less),
            (">", BinaryOp::More),
        ];
        let mut left = self.sum()?;
        loop {
            if matches!(self.peek().1, Token::Name(name) if name == "in") {
                self.next += 1;
                let list = self.list()?;
                let below = list.iter().map(|item| item.depth).max().unwrap_or(0).max(left.depth);
                left = Expr::over(left.at, Node::In(Box::new(left), list), below)?;
                continue;
            }
            let Some((_, op)) = RELATIONS.iter().find(|(sign, _)| self.eat(sign)) else { return Ok(left) };
            let right = self.sum()?;
            left = binary(*op, left, right)?;
        }
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        self.chain(&[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        let signs = [("*", BinaryOp::Multiply), ("/", BinaryOp::Divide), ("%", BinaryOp::Remainder)];
        self.chain(&signs, Self::unary)
    }

    /// `inner (sign inner)*`, leaning left.
    fn chain(
        &mut self,
        signs: &[(&str, BinaryOp)],
        inner: fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        let mut left = inner(self)?;
        while let Some((_, op)) = signs.iter().find(|(sign, _)| self.eat(sign)) {
            let right = inner(self)?;
            left = binary(*op, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let at = self.peek().0;
        if self.eat("!") {
            let inner = self.nested(Self::unary)?;
            let below = inner.depth;
            return Expr::over(at, Node::Not(Box::new(inner)), below);
        }
        if self.eat("-") {
            let inner = self.nested(Self::unary)?;
            let below = inner.depth;
            return Expr::over(at, Node::Negative(Box::new(inner)), below);
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let (at, token) = self.take();
        match token {
            Token::Int(value) => Ok(Expr::leaf(at, Node::Int(value))),
            Token::Double(value) => Ok(Expr::leaf(at, Node::Double(value))),
            Token::Text(value) => Ok(Expr::leaf(at, Node::Text(value))),
            Token::Name(name) if name == "true" => Ok(Expr::leaf(at, Node::Bool(true))),
            Token::Name(name) if name == "false" => Ok(Expr::leaf(at, Node::Bool(false))),
            Token::Name(name) => self.name(at, name),
            Token::Sign("(") => {
                let inner = self.choice()?;
                self.expect(")", "after the bracket")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                Err(Fault::new(at, "a list stands only after `in`", "write `value in [...]`"))
            }
            other => Err(Fault::new(
                at,
                format!("expected a value, found {}", show(&other)),
                "write a name, a number, a word in quotes or a bracket",
            )),
        }
    }

    fn name(&mut self, at: usize, name: String) -> Result<Expr, Fault> {
        if name == "in" {
            return Err(Fault::new(at, "`in` needs a value before it", "write `value in [...]`"));
        }
        if !self.eat("(") {
            return Ok(Expr::leaf(at, Node::Name(name)));
        }
        let mut args = Vec::new();
        if !self.eat(")") {
            args = self.items(")", "after the values of the function")?;
        }
        let below = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
        Expr::over(at, Node::Call(name, args), below)
    }

    fn list(&mut self) -> Result<Vec<Expr>, Fault> {
        self.expect("[", "after `in`")?;
        if self.eat("]") { Ok(Vec::new()) } else { self.items("]", "at the end of the list") }
    }

    /// Items between commas, up to the closing sign.
    fn items(&mut self, close: &str, after: &str) -> Result<Vec<Expr>, Fault> {
        let mut items = Vec::new();
        loop {
            if items.len() >= LIST_MAX {
                let help = "split it into several rules";
                return Err(Fault::new(self.peek().0, format!("more than {LIST_MAX} items"), help));
            }
            items.push(self.choice()?);
            if !self.eat(",") {
                self.expect(close, after)?;
                return Ok(items);
            }
        }
    }
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Result<Expr, Fault> {
    let (at, below) = (left.at, left.depth.max(right.depth));
    Expr::over(at, Node::Binary(op, Box::new((left, right))), below)
}
