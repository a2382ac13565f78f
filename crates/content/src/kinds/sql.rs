//! Which tables a query reads. Source: `detections.md` §1.4, step 8.
//!
//! The SQL is that of Snowflake, which queries of the field are written in. Names of common table expressions
//! and table functions are no tables. Calls of `p_occurs_since` and its kin are conditions whatever stands in
//! them, because they are replaced before the query runs. A template (`{% … %}`, `{{ … }}`) becomes SQL only
//! when it runs; nothing is said about its tables.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query, TableFactor, Visit, Visitor};
use sqlparser::dialect::SnowflakeDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// Longer queries are not parsed, in words and signs.
const TOKENS_MAX: usize = 20_000;
/// Stack for one query, in bytes; only what is used is taken. A chain of operators becomes a tree as deep as
/// the chain is long, which is parsed in a loop but walked and freed by recursion.
const STACK_BYTES: usize = 256 << 20;
/// What makes a query a template.
const TEMPLATE_MARKS: [&str; 3] = ["{%", "{{", "{#"];
/// How the names of functions that stand for conditions on time begin.
const TIME_MACRO: &str = "p_occurs_";

/// Why a query is not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unread(pub(crate) String);

/// The tables that a query reads but should not, each once, in order: names that are neither
/// `DATABASE.public.TABLE` nor `snowflake.account_usage.TABLE`.
pub(crate) fn unknown_tables(sql: &str) -> Result<Vec<String>, Unread> {
    let Tables { names, expressions } = match stacker::grow(STACK_BYTES, || read_tables(sql)) {
        Ok(tables) => tables,
        Err(_) if TEMPLATE_MARKS.iter().any(|mark| sql.contains(mark)) => return Ok(Vec::new()),
        Err(unread) => return Err(unread),
    };
    let is_unknown = |parts: &Vec<String>| match parts.as_slice() {
        [_, schema, _] if schema == "public" => false,
        [database, schema, _] => !(database == "snowflake" && schema == "account_usage"),
        [name] => !expressions.contains(name),
        _ => true,
    };
    let mut unknown: Vec<String> = Vec::new();
    for name in names.into_iter().filter(is_unknown).map(|parts| parts.join(".")) {
        if !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    Ok(unknown)
}

/// How many statements a query holds; `None` when that is not known, because it is a template or no SQL.
pub(crate) fn count_statements(sql: &str) -> Option<usize> {
    if TEMPLATE_MARKS.iter().any(|mark| sql.contains(mark)) {
        return None;
    }
    let tokens = Tokenizer::new(&SnowflakeDialect, sql).tokenize().ok()?;
    let statements = tokens.split(|token| *token == Token::SemiColon);
    let is_blank = |tokens: &&[Token]| tokens.iter().all(|token| matches!(token, Token::Whitespace(_)));
    Some(statements.filter(|tokens| !is_blank(tokens)).count())
}

fn read_tables(sql: &str) -> Result<Tables, Unread> {
    let tokens = Tokenizer::new(&SnowflakeDialect, sql)
        .tokenize_with_location()
        .map_err(|error| Unread(error.to_string()))?;
    let count = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).count();
    if count > TOKENS_MAX {
        return Err(Unread(format!("it has {count} words and signs; at most {TOKENS_MAX} are read")));
    }
    let tokens = without_macros(tokens);
    let parsed = Parser::new(&SnowflakeDialect).with_tokens_with_locations(tokens).parse_statements();
    let statements = parsed.map_err(|error| Unread(error.to_string()))?;
    let mut tables = Tables::default();
    // The visitor never breaks off.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) = statements.visit(&mut tables);
    Ok(tables)
}

/// The same with `TRUE` in place of every condition on time.
fn without_macros(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_macro =
            matches!(&token.token, Token::Word(word) if word.value.to_lowercase().starts_with(TIME_MACRO));
        if !is_macro || tokens.peek().is_none_or(|next| next.token != Token::LParen) {
            kept.push(token);
            continue;
        }
        kept.push(TokenWithSpan::new(Token::make_keyword("TRUE"), token.span));
        let mut depth = 0_usize;
        for inner in tokens.by_ref() {
            match inner.token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    kept
}

/// What is named in a query.
#[derive(Default)]
struct Tables {
    /// Parts of each name, in lower case.
    names: Vec<Vec<String>>,
    /// Names of common table expressions, in lower case.
    expressions: HashSet<String>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let expressions = query.with.iter().flat_map(|with| &with.cte_tables);
        self.expressions.extend(expressions.map(|expression| lower(&expression.alias.name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name: ObjectName(parts), args: None, .. } = factor {
            let parts: Option<Vec<String>> = parts
                .iter()
                .map(|part| match part {
                    ObjectNamePart::Identifier(ident) => Some(lower(ident)),
                    // A name that is computed is known only when the query runs.
                    ObjectNamePart::Function(_) => None,
                })
                .collect();
            self.names.extend(parts);
        }
        ControlFlow::Continue(())
    }
}

fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(
            unknown_tables(sql).as_deref(),
            Ok(&expected.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..]),
            "{sql}"
        );
    }

    #[test]
    fn tables_of_the_lake_and_of_the_account_are_known() {
        check("SELECT * FROM panther_logs.public.aws_cloudtrail", &[]);
        check("select 1 from SNOWFLAKE.Account_Usage.LOGIN_HISTORY l join x.PUBLIC.y on 1 = 1", &[]);
        check("SELECT * FROM \"a\".\"public\".\"c d\"", &[]);
    }

    #[test]
    fn other_names_are_unknown() {
        check("SELECT * FROM aws_cloudtrail", &["aws_cloudtrail"]);
        check("SELECT * FROM public.x, a.b.C, a.b.c", &["public.x", "a.b.c"]);
        check("SELECT * FROM snowflake.information_schema.tables", &["snowflake.information_schema.tables"]);
        check("SELECT * FROM a.public.b WHERE c IN (SELECT d FROM e)", &["e"]);
        check("SELECT 1 FROM a.public.b UNION ALL SELECT 1 FROM f", &["f"]);
    }

    #[test]
    fn common_table_expressions_and_functions_are_no_tables() {
        check("WITH a AS (SELECT 1 FROM x.public.y), b AS (SELECT * FROM A) SELECT * FROM a JOIN B", &[]);
        check("SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c)", &[]);
        check("SELECT f.value FROM x.public.y, LATERAL FLATTEN(input => y.a:b) f", &[]);
        check("SELECT * FROM TABLE(GENERATOR(ROWCOUNT => 5))", &[]);
        check("SELECT * FROM IDENTIFIER('a')", &[]);
    }

    #[test]
    fn conditions_on_time_may_hold_anything() {
        check("SELECT 1 FROM a WHERE p_occurs_since(1h, , b) AND c = 1", &["a"]);
        check("SELECT 1 FROM x.public.y WHERE P_OCCURS_BETWEEN((1 day), f(2), t) GROUP BY 1", &[]);
        check("SELECT p_occurs_since FROM a", &["a"]);
        assert!(unknown_tables("SELECT 1 FROM a WHERE p_occurs_since(1h").is_ok());
    }

    #[test]
    fn templates_are_not_judged() {
        check("{% import 'm' t %} WITH s AS (SELECT 1 FROM a) {{ t('s') }}", &[]);
        check("SELECT '{{' FROM a", &["a"]);
    }

    #[test]
    fn statements_are_counted_without_comments_and_the_last_semicolon() {
        for (sql, count) in [
            ("SELECT 1", Some(1)),
            ("SELECT 1; -- done\n", Some(1)),
            ("SELECT ';' FROM a; /* ; */", Some(1)),
            ("SELECT 1; SELECT 2;", Some(2)),
            ("", Some(0)),
            (" \n-- SELECT 1\n;", Some(0)),
            ("{% set a = ';' %};;x;y", None),
            ("SELECT 'a", None),
        ] {
            assert_eq!(count_statements(sql), count, "{sql}");
        }
    }

    #[test]
    fn what_is_no_sql_is_not_read() {
        assert!(unknown_tables("SELEKT * FROM").is_err());
        assert!(unknown_tables("SELECT 'a").is_err());
        assert_eq!(unknown_tables(""), Ok(vec![]));
    }

    /// A text of as many words and signs as are read, as far as possible.
    fn longest(first: &str, more: &str, more_tokens: usize) -> String {
        first.to_owned() + &more.repeat((TOKENS_MAX - 2) / more_tokens)
    }

    #[test]
    fn the_deepest_trees_do_not_exhaust_the_stack() {
        let chains = [
            ("SELECT 1", "+1", 2),
            ("SELECT a", ":b", 2),
            ("SELECT a", "::int", 2),
            ("SELECT a", " AND b", 2),
        ];
        let chains = chains.into_iter().map(|(first, more, count)| longest(first, more, count));
        let nests = ["f(", "(SELECT ", "(", "NOT "].map(|open| format!("SELECT {}", open.repeat(1000)));
        for sql in chains.chain([longest("SELECT 1", " UNION SELECT 1", 3)]) {
            assert_eq!(unknown_tables(&sql), Ok(vec![]), "{}", &sql[..20]);
        }
        for sql in nests {
            assert!(unknown_tables(&sql).is_err(), "{}", &sql[..20]);
        }
        let long = longest("SELECT 1", "+1", 2) + " + 1";
        assert!(unknown_tables(&long).unwrap_err().0.contains("at most 20000 are read"));
    }
}
