//! Facts of small modules.

use super::*;

fn module(text: &str) -> Module {
    read(text, Some((3, 11))).unwrap_or_else(|fault| panic!("{fault:?}: {text}"))
}

fn function(text: &str) -> Function {
    module(text).functions.remove(0)
}

#[test]
fn names_of_a_module_are_those_that_its_namespace_gets() {
    let names = |text: &str| module(text).names.into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("import a.b, c.d as e\nfrom f import g, h as i\n"), "a e g i");
    assert_eq!(names("def f(p):\n    local = 1\nclass C:\n    member = 1\n"), "C f");
    assert_eq!(names("x = y, (z, *rest) = 1, (2, 3)\nv: int = 1\nw += 1\n"), "rest v w x y z");
    assert_eq!(names("for i in a:\n    with b as c:\n        j = 1\nelse:\n    k = 1\n"), "c i j k");
    assert_eq!(names("try:\n    import a\nexcept ImportError as error:\n    a = None\n"), "a error");
    assert_eq!(names("if (n := f()):\n    pass\nx = [y for y in z if (m := y)]\n"), "m n x");
    assert_eq!(
        names("match a:\n    case {'k': v, **rest}:\n        pass\n    case [p, *q] as r:\n        pass\n"),
        "p q r rest v"
    );
    assert_eq!(names("def f():\n    global g\n    g = 1\n"), "f g");
    assert_eq!(names("lambda a: a\n{b: c for b, c in d}\n"), "");
}

#[test]
fn names_that_cannot_be_seen_make_a_module_open() {
    assert!(!module("x = globally()\n").is_open);
    for text in ["globals()['x'] = 1\n", "exec('x = 1')\n", "def __getattr__(name):\n    return 1\n"] {
        assert!(module(text).is_open, "{text}");
    }
    let star = module("from a import *\nfrom b import c\n");
    assert_eq!(star.star_imports().map(|import| import.module.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(module("__all__ = ['a', 'b']\n").exported, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(module("__all__ = ['a'] + b\n").exported, None);
}

#[test]
fn undefined_names_are_those_that_no_scope_has() {
    let undefined =
        |text: &str| module(text).undefined.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
    assert_eq!(undefined("x = y\n"), "y");
    assert_eq!(undefined("def f(a, *b, c=1, **d):\n    return a, b, c, d, e\n"), "e");
    assert_eq!(undefined("def f():\n    return g()\ndef g():\n    return LATER\nLATER = 1\n"), "");
    assert_eq!(undefined("def f():\n    x = 1\n    def g():\n        return x\n    return g\n"), "");
    assert_eq!(undefined("x = [a for a in b for c in a if c]\n"), "b");
    assert_eq!(undefined("x = {k: v for k, v in {}.items()}\ny = lambda q: q + r\n"), "r");
    assert_eq!(undefined("class C(Base):\n    a = 1\n    def m(self):\n        return __class__\n"), "Base");
    assert_eq!(undefined("try:\n    unicode\nexcept NameError:\n    unicode = str\n"), "");
    assert_eq!(undefined("try:\n    open(x)\nexcept OSError as error:\n    print(error)\n"), "x");
    assert_eq!(undefined("print(len(str(__name__)), __file__)\n"), "");
    assert_eq!(undefined("f'{a} {b!r:{c}}'\nb = c = 1\n"), "a");
    assert_eq!(undefined("def f(x: T) -> U:\n    y: V = x\n    return y\nz: W\n"), "T U W");
    assert_eq!(
        undefined("from __future__ import annotations\ndef f(x: T) -> U:\n    return x\nz: W = y\n"),
        "y"
    );
    assert_eq!(undefined("@d\ndef f(x=e):\n    global g\n    g = 1\nprint(g)\n"), "d e");
    assert_eq!(undefined("match x:\n    case Point(a=0) | [0]:\n        pass\n"), "x Point");
    assert_eq!(undefined("del a\nwith b() as c:\n    c\n"), "b");
    assert_eq!(
        undefined("def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = 2\n        return n\n"),
        ""
    );
    let newer = read("def f[T](x: T) -> T:\n    return x\ntype A[K] = dict[K, W]\n", Some((3, 12))).unwrap();
    assert_eq!(newer.undefined.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["W"]);
}

#[test]
fn imports_know_when_they_run() {
    let reach = |text: &str| module(text).imports[0].reach;
    assert_eq!(reach("import a\n"), Reach::Always);
    assert_eq!(reach("class C:\n    import a\n"), Reach::Always);
    assert_eq!(reach("def f():\n    import a\n"), Reach::Sometimes);
    assert_eq!(reach("if x:\n    import a\n"), Reach::Sometimes);
    assert_eq!(reach("try:\n    import a\nexcept ImportError:\n    a = None\n"), Reach::Guarded);
    assert_eq!(
        reach("try:\n    pass\nexcept (ValueError, ModuleNotFoundError):\n    import a\n"),
        Reach::Guarded
    );
    assert_eq!(reach("try:\n    import a\nexcept ValueError:\n    pass\n"), Reach::Always);
    assert_eq!(reach("try:\n    import a\nfinally:\n    pass\n"), Reach::Always);
    assert_eq!(reach("if TYPE_CHECKING:\n    import a\n"), Reach::Guarded);
    assert_eq!(reach("if typing.TYPE_CHECKING:\n    import a\n"), Reach::Guarded);
    let import = &module("from ..a.b import c as d, e\n").imports[0];
    assert_eq!((import.module.as_str(), import.level, import.is_star), ("a.b", 2, false));
    assert_eq!((import.names[0].name.as_str(), import.names[0].bound.as_str()), ("c", "d"));
    assert_eq!((import.span.line, import.span.column, import.span.end_column), (1, 8, 11));
}

#[test]
fn functions_know_how_they_may_be_called() {
    for (parameters, takes_one) in [
        ("event", true),
        ("event, /", true),
        ("event, x=1", true),
        ("*args", true),
        ("event, *, x=1", true),
        ("event=None", true),
        ("", false),
        ("event, x", false),
        ("*, event", false),
        ("event, *, x", false),
        ("**kwargs", false),
    ] {
        assert_eq!(
            function(&format!("def f({parameters}):\n    pass\n")).takes_one,
            takes_one,
            "{parameters}"
        );
    }
    let odd = function("@d\nasync def f(event, x=[], y={}, z=set()):\n    yield 1\n");
    assert!(odd.is_async && odd.is_generator && odd.is_decorated && odd.is_unconditional);
    assert_eq!(odd.mutable_defaults.len(), 3);
    assert!(!function("if x:\n    def f(event):\n        return (y for y in event)\n").is_unconditional);
    assert!(
        !function("def f(event):\n    def g():\n        yield 1\n    return (lambda: (yield))\n")
            .is_generator
    );
}

#[test]
fn the_end_of_a_function_is_reached_or_not() {
    for (body, falls_through) in [
        ("pass", true),
        ("return 1", false),
        ("raise ValueError", false),
        ("if x:\n        return 1", true),
        ("if x:\n        return 1\n    else:\n        return 2", false),
        ("if x:\n        return 1\n    elif y:\n        return 2", true),
        ("if x:\n        return 1\n    elif y:\n        return 2\n    else:\n        raise E", false),
        ("if True:\n        return 1", false),
        ("for x in y:\n        return 1", true),
        ("while x:\n        return 1", true),
        ("while True:\n        if x:\n            return 1", false),
        ("while True:\n        if x:\n            break", true),
        ("while 1:\n        for x in y:\n            break", false),
        ("with x:\n        return 1", false),
        ("try:\n        return 1\n    except E:\n        pass", true),
        ("try:\n        return 1\n    except E:\n        return 2", false),
        ("try:\n        x()\n    except E:\n        return 2\n    else:\n        return 3", false),
        ("try:\n        x()\n    finally:\n        return 3", false),
        ("match x:\n        case 1:\n            return 1", true),
        ("match x:\n        case 1:\n            return 1\n        case _:\n            return 2", false),
        ("match x:\n        case y if y:\n            return 1", true),
        ("assert False", false),
        ("assert x", true),
        ("sys.exit(1)", false),
    ] {
        let text = format!("def f(event):\n    {body}\n");
        assert_eq!(function(&text).falls_through, falls_through, "{text}");
    }
}

/// The value of the last expression of a function, written shortly.
fn value(code: &str) -> String {
    let body = code.replace('\n', "\n    ");
    let text = format!("import re\ndef f(event, other=None):\n    {body}\ndef helper(x):\n    return x\n");
    show(&function(&text).returns.last().unwrap().value)
}

fn show(value: &Value) -> String {
    match value {
        Value::Bool(None) => "bool".to_owned(),
        Value::Bool(Some(value)) => value.to_string(),
        Value::None => "None".to_owned(),
        Value::Text(None) => "text".to_owned(),
        Value::Text(Some(text)) => format!("{text:?}"),
        Value::Number => "number".to_owned(),
        Value::List(texts) => {
            format!("[{}]", texts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" "))
        }
        Value::Mapping => "dict".to_owned(),
        Value::Other(words) => (*words).to_owned(),
        Value::Field => "field".to_owned(),
        Value::Call(name) => format!("{name}()"),
        Value::AnyOf(values) => values.iter().map(show).collect::<Vec<_>>().join(" | "),
        Value::Unknown => "?".to_owned(),
    }
}

#[test]
fn values_are_known_as_far_as_they_can_be() {
    for (code, expected) in [
        ("return", "None"),
        ("return True", "true"),
        ("return not True", "false"),
        ("return event == 1", "bool"),
        ("return 1 < x in y", "bool"),
        ("return not x", "bool"),
        ("return 'a' 'b'", "\"ab\""),
        ("return f'{x}'", "text"),
        ("return 'a' + 'b'", "text"),
        ("return '%s' % x", "text"),
        ("return 1 + 2", "number"),
        ("return (a == 1) | (b == 2)", "bool"),
        ("return a | b", "?"),
        ("return ['a', x, 'b']", "[a b]"),
        ("return {}", "dict"),
        ("return {1}", "a set"),
        ("return (1, 2)", "a tuple"),
        ("return (x for x in y)", "a generator"),
        ("return {x: y for x in z}", "dict"),
        ("return a == 1 if b else None", "bool | None"),
        // A value before the last counts only when it ends the evaluation.
        ("return a == 1 and b == 2", "bool"),
        ("return 'a' and b == 2", "bool"),
        ("return None or b == 2", "bool"),
        ("return a == 1 and 'x'", "bool | \"x\""),
        ("return event.get('a') and b == 2", "field | bool"),
        ("return event.get('a') or False", "field | false"),
        ("return True and event.get('a')", "field"),
        // Fields.
        ("return event.get('a')", "field"),
        ("return event['a']", "field"),
        ("return event['a']['b']", "field"),
        ("return event.deep_get('a', 'b', default='')", "field"),
        ("return event.get('a', {}).get('b')", "field"),
        ("return event.get('a', False)", "?"),
        ("return event.deep_get('a', default=False)", "?"),
        ("return event.udm('a')", "field"),
        ("return deep_get(event, 'a')", "field"),
        ("return deep_get(other, 'a')", "?"),
        ("return other.get('a')", "?"),
        ("event = other\nreturn event.get('a')", "?"),
        // Calls.
        ("return bool(x)", "bool"),
        ("return any(x)", "bool"),
        ("return len(x)", "number"),
        ("return str(x)", "text"),
        ("return x.lower()", "text"),
        ("return x.startswith('a')", "bool"),
        ("return x.unknown()", "?"),
        ("return re.match('a', x)", "a match object or `None`"),
        ("return re.sub('a', 'b', x)", "text"),
        ("return helper(x)", "helper()"),
        ("helper = x\nreturn helper(x)", "?"),
        ("return unknown(x)", "?"),
        // Local names.
        ("x = event.get('a')\nreturn x and y == 1", "field | bool"),
        ("x = False\nif y:\n    x = True\nreturn x", "false | true"),
        ("x: bool = y == 1\nreturn x", "bool"),
        ("x = 1\nfor x in y:\n    pass\nreturn x", "?"),
        ("x = 1\nx += 1\nreturn x", "?"),
        ("x = y = 1\nreturn x", "?"),
        ("x, y = 1, 2\nreturn x", "?"),
        ("x = x\nreturn x", "?"),
        ("return (x := 1)", "number"),
    ] {
        assert_eq!(value(code), expected, "{code}");
    }
}

#[test]
fn what_is_done_to_the_event_is_noticed() {
    let changes = |body: &str| {
        let found = function(&format!("def f(event):\n    {body}\n")).changes;
        found.into_iter().map(|(_, code)| code).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(changes("event['a'] = 1"), "event[…] = …");
    assert_eq!(changes("event['a'] += 1"), "event[…] = …");
    assert_eq!(changes("del event['a']"), "del event[…]");
    assert_eq!(changes("event.update({})\n    event.pop('a')"), "event.update() event.pop()");
    assert_eq!(changes("event = dict(event)\n    event['a'] = 1"), "");
    assert_eq!(changes("other['a'] = event['b']\n    event.get('a')"), "");
    let checks = |body: &str| {
        let found = function(&format!("def f(event):\n    {body}\n")).type_checks;
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(checks("return isinstance(event.get('a'), dict)"), "dict");
    assert_eq!(checks("return isinstance(event['a'], (list, dict))"), "dict");
    assert_eq!(checks("x = event.deep_get('a', 'b')\n    return isinstance(x, list)"), "list");
    // `deep_walk` and `udm` may give plain values, and a text is what it is.
    assert_eq!(checks("return isinstance(event.deep_walk('a'), list)"), "");
    assert_eq!(checks("return isinstance(event.udm('a'), list)"), "");
    assert_eq!(checks("return isinstance(event.get('a'), (str, list))"), "");
    assert_eq!(checks("x = event.get('a')\n    x = x or []\n    return isinstance(x, list)"), "");
    assert_eq!(checks("return isinstance(event, dict)"), "");
}

#[test]
fn things_left_in_are_noticed() {
    let found = module(
        "print(1)\nif __name__ == '__main__':\n    print(2)\ndef f(event):\n    log.print(3)\n    return event.udm('a') is 'x'\n",
    );
    assert_eq!(found.prints.iter().map(|span| span.line).collect::<Vec<_>>(), [1]);
    assert_eq!(found.literal_identities.iter().map(|span| span.line).collect::<Vec<_>>(), [6]);
    assert_eq!(found.udm_names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a"]);
    let own = module(
        "def print(x):\n    pass\nprint(1)\nx is None\ny is True\nevent.udm('a', 'b')\nevent.udm(z)\n",
    );
    assert!(own.prints.is_empty() && own.literal_identities.is_empty() && own.udm_names.is_empty());
}

#[test]
fn places_count_characters() {
    let found = module("é = 'ü'; zz = undefined_name\n");
    let (_, span) = &found.undefined[0];
    assert_eq!((span.line, span.column, span.end_line, span.end_column), (1, 15, 1, 29));
}
