//! A lens as JSON: only what differs from how a new tab of its kind looks, so that it stays short and a later version may
//! add to it. What this version does not know is an error that names it.

use serde_json::{Map, Value};

use super::content_kind::ContentKind;
use super::workspace::Lens;

/// What of a lens differs from that of a new tab: an object, empty if nothing does.
///
/// # Errors
/// If it holds a number that JSON has no word for.
pub fn lens_to_json(lens: &Lens, kind: ContentKind) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(lens)?;
    remove_equal(&mut value, &serde_json::to_value(Lens::of(kind))?);
    Ok(value)
}

/// The lens of a tab from what differs.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn lens_from_json(differs: &Value, kind: ContentKind) -> Result<Lens, String> {
    if !differs.is_object() {
        return Err("a lens is an object".to_owned());
    }
    let mut whole = serde_json::to_value(Lens::of(kind)).map_err(|error| error.to_string())?;
    overlay(&mut whole, differs);
    let lens: Lens = serde_json::from_value(whole).map_err(|error| short(&error))?;
    let known = serde_json::to_value(&lens).map_err(|error| error.to_string())?;
    match unknown_field(differs, &known) {
        Some(name) => Err(format!("unknown field `{name}`")),
        None => Ok(lens),
    }
}

/// What serde says, without the list of all that it would have taken.
pub(super) fn short(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = text.rfind(" at line ").map_or("", |at| &text[at..]);
    let what = text.split(", expected").next().unwrap_or_default();
    format!("{}{place}", what.strip_suffix(place).unwrap_or(what))
}

/// Removes what is the same in both.
fn remove_equal(value: &mut Value, usual: &Value) {
    let (Value::Object(value), Value::Object(usual)) = (value, usual) else { return };
    value.retain(|name, inner| usual.get(name) != Some(inner));
    for (name, inner) in value {
        if let Some(usual) = usual.get(name) {
            remove_equal(inner, usual);
        }
    }
}

/// Puts what differs over what is usual.
fn overlay(usual: &mut Value, differs: &Value) {
    match (usual, differs) {
        (Value::Object(usual), Value::Object(differs)) => {
            for (name, inner) in differs {
                overlay(usual.entry(name.clone()).or_insert(Value::Null), inner);
            }
        }
        (usual, differs) => *usual = differs.clone(),
    }
}

/// The path to a field of `given` that was not understood: it is not in `known`, which was written from what was.
pub(super) fn unknown_field(given: &Value, known: &Value) -> Option<String> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => unknown_of_object(given, known),
        // What is a set may have been put in order.
        (Value::Array(given), Value::Array(known)) => given.iter().find_map(|given| {
            let mut unknown = known.iter().map(|known| unknown_field(given, known));
            let first = unknown.next()??;
            unknown.all(|field| field.is_some()).then_some(first)
        }),
        _ => None,
    }
}

fn unknown_of_object(given: &Map<String, Value>, known: &Map<String, Value>) -> Option<String> {
    given.iter().find_map(|(name, given)| match known.get(name) {
        Some(known) => unknown_field(given, known).map(|inner| format!("{name}.{inner}")),
        // What is empty may be left out.
        None => (!is_empty(given)).then(|| name.clone()),
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is_set) => !is_set,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::comparison::Scale;
    use crate::session::selection::Item;

    #[test]
    fn only_what_differs_is_written() {
        let write = |lens: &Lens, kind| lens_to_json(lens, kind).expect("JSON").to_string();
        assert_eq!(write(&Lens::default(), ContentKind::Trace), "{}");
        assert_eq!(write(&Lens::of(ContentKind::Diff), ContentKind::Diff), "{}");
        let mut lens = Lens { selection: Some(Item::Goroutine(52)), ..Lens::default() };
        lens.trace.mmu.sweep = true;
        let expected = r#"{"selection":{"Goroutine":52},"trace":{"mmu":{"sweep":true}}}"#;
        assert_eq!(write(&lens, ContentKind::Trace), expected);
    }

    #[test]
    fn what_is_not_known_is_named() {
        let read = |value: &Value| lens_from_json(value, ContentKind::Trace).expect_err("it is unknown");
        assert_eq!(read(&json!({ "cheese": 1 })), "unknown field `cheese`");
        assert_eq!(
            read(&json!({ "trace": { "mmu": { "cheese": true } } })),
            "unknown field `trace.mmu.cheese`"
        );
        let path = json!([{ "name": "main.f" }, { "name": "main.g", "color": "red" }]);
        assert_eq!(
            read(&json!({ "selection": { "CallPath": path } })),
            "unknown field `selection.CallPath.color`"
        );
        assert_eq!(read(&json!({ "scale": "PerMoon" })), "unknown variant `PerMoon`");
        assert_eq!(read(&json!([])), "a lens is an object");
        assert!(read(&json!({ "chips": 5 })).starts_with("invalid type: integer `5`"));
    }

    #[test]
    fn what_is_empty_may_be_there() {
        let value = json!({ "search": "", "selection": { "Function": { "name": "main.f", "line": 0, "file": "" } },
            "trace": { "unfolded": [{ "Proc": 3 }, { "Goroutine": 7 }] } });
        let lens = lens_from_json(&value, ContentKind::Diff).expect("a lens");
        assert_eq!((lens.scale, lens.trace.unfolded.len()), (Scale::Share, 2));
    }
}
