//! A verdict as JSON: raw numbers, names as they are. The schema is written down in docs/json.md.

use goscope_analysis::verdict::{
    By, Decided, Detectable, Gate, Interval, Kind, Method, NoteKind, Outcome, Presence, Regression, Row,
    RunInfo, SideInfo, Significance, Standing, Subject, Test, Values, Verdict,
};
use serde::Serialize;

/// A verdict. Numbers that are infinite or not known are `null`.
#[derive(Debug, Serialize)]
pub struct VerdictJson<'v> {
    outcome: &'static str,
    line: String,
    exit_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    sample_type: &'v str,
    unit: &'v str,
    normalization: String,
    gate: GateJson<'v>,
    regressions: Vec<RegressionJson<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<UndecidedJson<'v>>,
    improvements: Vec<RowJson<'v>>,
    rows: Vec<RowJson<'v>>,
    detectable: Vec<DetectableJson>,
    method: MethodJson,
    base: SideJson<'v>,
    head: SideJson<'v>,
    notes: Vec<NoteJson>,
}

#[derive(Debug, Serialize)]
struct GateJson<'v> {
    fail_on: f64,
    fail_on_at_least: Option<f64>,
    min_share: f64,
    alpha: f64,
    max_false_discoveries: f64,
    by: &'static str,
    focus: Option<&'v str>,
    ignore: Option<&'v str>,
    allow: Option<&'v str>,
    own: Option<&'v str>,
    strict: bool,
}

#[derive(Debug, Serialize)]
struct RegressionJson<'v> {
    row: RowJson<'v>,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from: Option<&'v str>,
    explains: f64,
    largest: &'v str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    callee: Option<&'v str>,
    chain: Vec<&'v str>,
}

#[derive(Debug, Serialize)]
struct UndecidedJson<'v> {
    row: RowJson<'v>,
    runs_needed: Option<u32>,
}

#[derive(Debug, Serialize)]
struct RowJson<'v> {
    name: &'v str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_name: Option<&'v str>,
    measure: String,
    base: ValuesJson<'v>,
    head: ValuesJson<'v>,
    presence: &'static str,
    ratio: f64,
    slowdown: Option<f64>,
    interval: Option<IntervalJson>,
    test: Option<TestJson>,
    significance: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    hypothesis: Option<u32>,
    is_shown: bool,
    is_shift: bool,
    is_own: bool,
}

#[derive(Debug, Serialize)]
struct ValuesJson<'v> {
    normalized: f64,
    total: f64,
    samples: f64,
    runs: &'v [f64],
}

#[derive(Debug, Serialize)]
struct IntervalJson {
    low: f64,
    high: f64,
}

#[derive(Debug, Serialize)]
struct TestJson {
    statistic: f64,
    df: f64,
    dispersion: f64,
    p: f64,
    p_two_sided: f64,
    holm: f64,
    q: f64,
}

#[derive(Debug, Serialize)]
struct DetectableJson {
    share: f64,
    slowdown: f64,
    change: f64,
}

#[derive(Debug, Serialize)]
struct MethodJson {
    decided_by: &'static str,
    hypotheses: usize,
    df_runs: f64,
    df_prior: f64,
    prior_dispersion: f64,
    assumed_spread: f64,
}

#[derive(Debug, Serialize)]
struct SideJson<'v> {
    runs: Vec<RunJson<'v>>,
}

#[derive(Debug, Serialize)]
struct RunJson<'v> {
    file: &'v str,
    time_nanos: i64,
    duration_nanos: i64,
    period: i64,
    samples: f64,
    total: f64,
    exposure: f64,
    units: Option<f64>,
    cpu_seconds: Option<f64>,
    gomaxprocs: Option<u32>,
    go_version: Option<&'v str>,
    binary: &'v str,
}

#[derive(Debug, Serialize)]
struct NoteJson {
    kind: &'static str,
    text: String,
}

impl<'v> From<&'v Verdict> for VerdictJson<'v> {
    fn from(verdict: &'v Verdict) -> Self {
        let Subject { kind, unit, .. } = &verdict.subject;
        let (undecided, reason) = match &verdict.outcome {
            Outcome::Undecided(undecided) => (
                Some(UndecidedJson { row: (&undecided.row).into(), runs_needed: undecided.runs_needed }),
                None,
            ),
            Outcome::NothingComparable(reason) => (None, Some(reason.text())),
            Outcome::Regression | Outcome::NoRegression => (None, None),
        };
        Self {
            outcome: outcome(&verdict.outcome),
            line: verdict.line(),
            exit_status: verdict.exit_status(),
            reason,
            sample_type: kind,
            unit,
            normalization: verdict.normalization.text(),
            gate: (&verdict.gate).into(),
            regressions: verdict.regressions.iter().map(RegressionJson::from).collect(),
            undecided,
            improvements: verdict.improvements.iter().map(|improvement| (&improvement.row).into()).collect(),
            rows: verdict.rows.iter().map(RowJson::from).collect(),
            detectable: verdict.detectable.iter().map(DetectableJson::from).collect(),
            method: (&verdict.method).into(),
            base: (&verdict.base).into(),
            head: (&verdict.head).into(),
            notes: verdict
                .notes
                .iter()
                .map(|note| NoteJson { kind: note_kind(note.kind()), text: note.text() })
                .collect(),
        }
    }
}

const fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Regression => "regression",
        Outcome::NoRegression => "no_regression",
        Outcome::Undecided(_) => "undecided",
        Outcome::NothingComparable(_) => "nothing_comparable",
    }
}

const fn note_kind(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Info => "info",
        NoteKind::Blind => "blind",
        NoteKind::Warning => "warning",
    }
}

impl<'v> From<&'v Gate> for GateJson<'v> {
    fn from(gate: &'v Gate) -> Self {
        Self {
            fail_on: gate.fail_on.0,
            fail_on_at_least: gate.fail_on_at_least.map(|least| least.0),
            min_share: gate.min_share.0,
            alpha: gate.alpha.0,
            max_false_discoveries: gate.max_false_discoveries.0,
            by: match gate.by {
                By::Cum => "cum",
                By::Flat => "flat",
            },
            focus: gate.focus.as_deref(),
            ignore: gate.ignore.as_deref(),
            allow: gate.allow.as_deref(),
            own: gate.own.as_deref(),
            strict: gate.strict,
        }
    }
}

impl<'v> From<&'v Regression> for RegressionJson<'v> {
    fn from(regression: &'v Regression) -> Self {
        let (kind, callee) = match &regression.kind {
            Kind::OwnCode => ("own_code", None),
            Kind::MoreOfTheSame => ("more_of_the_same", None),
            Kind::Callee(name) => ("callee", Some(&**name)),
            Kind::Mixed => ("mixed", None),
            Kind::Value => ("value", None),
        };
        let (standing, moved_from) = match &regression.standing {
            Standing::Fails => ("fails", None),
            Standing::Allowed => ("allowed", None),
            Standing::Moved { from } => ("moved", Some(&**from)),
        };
        Self {
            row: (&regression.row).into(),
            standing,
            moved_from,
            explains: regression.explains,
            largest: &regression.largest,
            kind,
            callee,
            chain: regression.chain.iter().map(|name| &**name).collect(),
        }
    }
}

impl<'v> From<&'v Row> for RowJson<'v> {
    fn from(row: &'v Row) -> Self {
        let (significance, reason) = match row.significance {
            Significance::Regressed => ("regressed", None),
            Significance::Grew => ("grew", None),
            Significance::Fell => ("fell", None),
            Significance::Unclear => ("unclear", None),
            Significance::Untested(why) => ("untested", Some(why.text())),
        };
        Self {
            name: &row.name,
            base_name: row.base_name.as_deref(),
            measure: row.measure.text(),
            base: (&row.base).into(),
            head: (&row.head).into(),
            presence: match row.presence {
                Presence::Both => "both",
                Presence::New => "new",
                Presence::Gone => "gone",
                Presence::Rare => "rare",
            },
            ratio: row.ratio,
            slowdown: row.slowdown,
            interval: row.interval.map(|Interval { low, high }| IntervalJson { low, high }),
            test: row.test.map(TestJson::from),
            significance,
            reason,
            hypothesis: row.hypothesis,
            is_shown: row.is_shown,
            is_shift: row.is_shift,
            is_own: row.is_own,
        }
    }
}

impl<'v> From<&'v Values> for ValuesJson<'v> {
    fn from(values: &'v Values) -> Self {
        let &Values { normalized, total, samples, ref runs } = values;
        Self { normalized, total, samples, runs }
    }
}

impl From<Test> for TestJson {
    fn from(test: Test) -> Self {
        let Test { statistic, df, dispersion, p, p_two_sided, holm, q } = test;
        Self { statistic, df, dispersion, p, p_two_sided, holm, q }
    }
}

impl From<&Detectable> for DetectableJson {
    fn from(&Detectable { share, slowdown, change }: &Detectable) -> Self {
        Self { share, slowdown, change }
    }
}

impl From<&Method> for MethodJson {
    fn from(method: &Method) -> Self {
        Self {
            decided_by: match method.decided {
                Decided::NotJudged => "nothing",
                Decided::Counts => "counts",
                Decided::Allocations => "allocations",
                Decided::Logarithms => "logarithms",
                Decided::Ranks => "ranks",
                Decided::WithinRecordings => "within_recordings",
            },
            hypotheses: method.n_hypotheses,
            df_runs: method.df_runs,
            df_prior: method.df_prior,
            prior_dispersion: method.prior_dispersion,
            assumed_spread: method.assumed_spread,
        }
    }
}

impl<'v> From<&'v SideInfo> for SideJson<'v> {
    fn from(side: &'v SideInfo) -> Self {
        Self { runs: side.runs.iter().map(RunJson::from).collect() }
    }
}

impl<'v> From<&'v RunInfo> for RunJson<'v> {
    fn from(run: &'v RunInfo) -> Self {
        Self {
            file: &run.context.name,
            time_nanos: run.time_nanos,
            duration_nanos: run.duration_nanos,
            period: run.period,
            samples: run.samples,
            total: run.total,
            exposure: run.exposure,
            units: run.context.units,
            cpu_seconds: run.context.cpu_seconds,
            gomaxprocs: run.context.gomaxprocs,
            go_version: run.context.go_version.as_deref(),
            binary: &run.binary,
        }
    }
}
