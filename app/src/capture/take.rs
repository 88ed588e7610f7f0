//! Carries out a plan: the requests to one program, into files of a folder.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goscope_parsers::FileBytes;
use goscope_parsers::trace::rfc3339_utc;
use goscope_remote::{
    About, Address, Answer, Deadlines, Fault, Manner, Meaning, Options, PartFile, Target, USUAL_BASE, Watch,
    download,
};
use serde::Serialize;

use super::board::Board;
use super::clock::{ClockOffset, Dated, clock_offset, date_seconds};
use super::command_line::without_secrets;
use super::content::{Content, ending, is_trace, recognized};
use super::index::{Listed, listed};
use super::kind::Kind;
use super::plan::{Phase, Step};
use crate::bundle::{MAX_BUNDLE_BYTES, sha256};

/// How often a server is asked again that is busy with somebody else's profile.
const MOST_TRIES: u32 = 4;

/// The most bytes of an index page or a command line.
const MAX_PAGE_BYTES: u64 = 1 << 20;

/// How servers are asked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Who we are, and whom we trust.
    pub manner: Manner,
    /// The most bytes of one answer.
    pub max_bytes: u64,
    /// How long to wait for each answer, if not as long as suits it.
    pub timeout: Option<Duration>,
}

/// A program, and where its files go.
#[derive(Clone, Debug)]
pub struct Host {
    /// The program.
    pub target: Target,
    /// What it has, from its index; empty if that could not be read.
    pub listed: Vec<Listed>,
    /// The folder of its files.
    pub folder: PathBuf,
    /// What their names begin with.
    pub prefix: String,
    /// What its only file is called, if somebody said it.
    pub name: Option<String>,
}

/// A file that was captured.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    /// Where it is in the bundle, or its name.
    pub file: String,
    /// Where it is on the disk.
    #[serde(skip)]
    pub path: PathBuf,
    /// What its file is called without the prefix of its program: the same for all of them.
    #[serde(skip)]
    pub stem: String,
    /// What was asked for.
    pub kind: String,
    /// What it is, by its content.
    pub format: String,
    /// The request, without what may be secret.
    pub request: String,
    /// When it was asked, RFC 3339.
    pub started: String,
    /// When the header of the answer was there.
    pub first_byte: String,
    /// When the answer ended.
    pub ended: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The server's clock, as it says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_date: Option<String>,
    /// Why it is not whole, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// The same moments, to compare clocks.
    #[serde(skip)]
    pub(super) dated: Option<Dated>,
    /// What it says of the program.
    #[serde(skip)]
    pub(super) program: Program,
}

/// What the files of a program say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Program {
    /// The version of Go: `go1.26`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go: String,
    /// The build.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub build_id: String,
}

/// What was not captured.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// What was asked for.
    pub kind: String,
    /// The file that it would have been.
    pub file: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// What came of one program.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Taken {
    /// `HOST:PORT`.
    pub host: String,
    /// Its base, without what may be secret.
    pub base: String,
    /// What its files say of it.
    pub program: Program,
    /// How far its clock is ahead of ours, by the dates of its answers.
    #[serde(flatten)]
    pub clock: Option<ClockOffset>,
    /// Files, in the order in which they were asked for.
    pub members: Vec<Member>,
    /// What failed.
    pub failed: Vec<Failed>,
    /// What to know about it, a sentence each.
    pub notes: Vec<String>,
}

/// Reads what a program has. `None` if its handlers were set without an index.
///
/// # Errors
/// A sentence: nothing of this program can be had.
pub fn read_index(target: &Target, rules: &Rules, board: &Board) -> Result<Option<Vec<Listed>>, String> {
    let address = target.request("", &[]);
    let mut page = Vec::new();
    let watch = board.begin(format!("{} index", target.place()), 0.0);
    let manner = Manner { may_be_page: true, ..rules.manner.clone() };
    let deadlines = deadlines(&address, rules);
    let result = download(&address, target, &manner, &deadlines, MAX_PAGE_BYTES, &watch, &mut page);
    board.end(&watch);
    let sentence =
        |fault: &Fault| fault.sentence(&about(target, "pprof's index", &[], Duration::ZERO, &target.place()));
    match result {
        Ok(_) => match listed(&String::from_utf8_lossy(&page)) {
            found if found.is_empty() => Err(sentence(&Fault::WebPage)),
            found => Ok(Some(found)),
        },
        // Handlers may have been set without an index.
        Err(fault @ Fault::Refused(_)) if !fault.is_final() => Ok(None),
        Err(fault) => Err(sentence(&fault)),
    }
}

/// Carries out the steps for one program. Threads that do this for several programs meet at the gate, so that their
/// windows begin together.
pub fn take(host: &Host, steps: &[Step], rules: &Rules, board: &Board, gate: &Barrier) -> Taken {
    let base = host.target.address().without_secrets();
    let mut taken = Taken { host: host.target.place(), base: base.path().to_owned(), ..Taken::default() };
    let in_phase = |phase| steps.iter().filter(move |step: &&Step| step.phase == phase);
    let mut is_hopeless = false;
    in_phase(Phase::Before)
        .for_each(|step| is_hopeless |= one_more(host, step, rules, board, is_hopeless, &mut taken));
    // Whoever has nothing to do here comes, too: the others wait.
    gate.wait();
    let take_later = |step: &Step| {
        if is_hopeless || !board.wait(Duration::from_secs_f64(step.offset_seconds)) {
            return Err(Miss { sentence: String::new(), status: None, is_final: true });
        }
        take_step(host, step, rules, board)
    };
    let take_later = &take_later;
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            in_phase(Phase::Window).map(|step| (step, scope.spawn(move || take_later(step)))).collect();
        let joined = threads.into_iter().map(|(step, thread)| (step, thread.join()));
        joined
            .map(|(step, result)| (step, result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))))
            .collect()
    });
    results.into_iter().for_each(|(step, result)| is_hopeless |= note(step, result, &mut taken));
    in_phase(Phase::After)
        .for_each(|step| is_hopeless |= one_more(host, step, rules, board, is_hopeless, &mut taken));
    conclude(&mut taken);
    taken
}

/// What all files together say of the program and its clock.
fn conclude(taken: &mut Taken) {
    taken.clock = clock_offset(taken.members.iter().filter_map(|member| member.dated));
    for member in &taken.members {
        let (known, said) = (&mut taken.program, &member.program);
        for (known, said) in [(&mut known.go, &said.go), (&mut known.build_id, &said.build_id)] {
            if known.is_empty() {
                known.clone_from(said);
            }
        }
    }
}

/// Why a step brought nothing.
struct Miss {
    sentence: String,
    status: Option<u16>,
    /// Whether nothing else can be had either.
    is_final: bool,
}

/// A file, and what to know about it; or why there is none.
type Outcome = Result<(Member, Option<String>), Miss>;

/// One step in turn; says whether the rest is hopeless.
fn one_more(
    host: &Host,
    step: &Step,
    rules: &Rules,
    board: &Board,
    is_hopeless: bool,
    taken: &mut Taken,
) -> bool {
    !is_hopeless && !board.is_stopped() && note(step, take_step(host, step, rules, board), taken)
}

/// Notes what came of a step; says whether the rest is hopeless.
fn note(step: &Step, outcome: Outcome, taken: &mut Taken) -> bool {
    match outcome {
        Ok((member, hint)) => {
            if let Some(cut) = &member.cut {
                taken.notes.push(cut.clone());
            }
            // Both ends of a pair have the same to say.
            taken.notes.extend(hint.filter(|hint| !taken.notes.contains(hint)));
            taken.members.push(member);
            false
        }
        Err(miss) => {
            if !miss.sentence.is_empty() {
                let (kind, file) = (step.kind.name().to_owned(), step.file.clone());
                taken.failed.push(Failed { kind, file, reason: miss.sentence, status: miss.status });
            }
            miss.is_final
        }
    }
}

fn take_step(host: &Host, step: &Step, rules: &Rules, board: &Board) -> Outcome {
    let address = address_of(host, step);
    let mut tries = 1;
    loop {
        let name = host.name.clone().unwrap_or_else(|| format!("{}{}", host.prefix, step.file));
        let target = host.folder.join(name);
        let mut part = PartFile::create(&target).map_err(|error| cannot_write(step, &error))?;
        let watch = board.begin(format!("{} {}", host.target.place(), step.kind.name()), step.seconds);
        let (started, deadlines) = (SystemTime::now(), deadlines(&address, rules));
        let out = &mut Counted { part: &mut part, board };
        let result = fetch(host, step, &address, rules, &deadlines, &watch, out);
        board.end(&watch);
        let elapsed = started.elapsed().unwrap_or_default();
        let place = host.target.place();
        let names: Vec<String> = host.listed.iter().map(|listed| listed.name.clone()).collect();
        let about = about(&host.target, asked_for(host, step), &names, elapsed, &place);
        let fault = match result {
            Ok(answer) => return keep(host, step, &address, part, &answer, None),
            Err(fault) => fault,
        };
        if fault.is_busy() && tries < MOST_TRIES && waits_again(step, tries, board) {
            tries += 1;
            continue;
        }
        let sentence = fault.sentence(&about);
        let status = match &fault {
            Fault::Refused(refusal) => Some(refusal.status),
            _ => None,
        };
        // Of a trace, what came before the end can be read; of a compressed profile, it cannot.
        let is_cut = matches!(
            fault,
            Fault::Canceled
                | Fault::CutOff { .. }
                | Fault::Idle { .. }
                | Fault::TooLong { .. }
                | Fault::TooLarge(_)
        );
        if is_cut && is_trace(part.path()) {
            let n_bytes = part.path().metadata().map_or(0, |metadata| metadata.len());
            let now = SystemTime::now();
            let answer = Answer { n_bytes, started, first_byte: started, ended: now, date: None };
            let cut = format!("{sentence}; what came can be read up to there");
            return keep(host, step, &address, part, &answer, Some(cut));
        }
        let is_nowhere = matches!(&fault, Fault::Refused(refusal) if refusal.meaning() == Meaning::NoPprof)
            && host.listed.is_empty();
        let is_final = fault.is_final() || is_nowhere && step.phase == Phase::Before;
        return Err(Miss { sentence, status, is_final });
    }
}

/// A file that counts against the limit of the whole capture.
struct Counted<'a> {
    part: &'a mut PartFile,
    board: &'a Board,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.board.may_write(bytes.len()) {
            let limit = MAX_BUNDLE_BYTES;
            return Err(io::Error::other(format!("one capture has at most {limit} bytes in all")));
        }
        self.part.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.flush()
    }
}

fn fetch(
    host: &Host,
    step: &Step,
    address: &Address,
    rules: &Rules,
    deadlines: &Deadlines,
    watch: &Watch,
    out: &mut Counted<'_>,
) -> Result<Answer, Fault> {
    let Rules { manner, max_bytes, .. } = rules;
    if step.kind != Kind::CommandLine {
        return download(address, &host.target, manner, deadlines, *max_bytes, watch, out);
    }
    // It comes to no disk as it is: passwords stand in command lines.
    let mut line = Vec::new();
    let answer = download(address, &host.target, manner, deadlines, MAX_PAGE_BYTES, watch, &mut line)?;
    let text = without_secrets(&String::from_utf8_lossy(&line));
    out.write_all(text.as_bytes()).map_err(|error| Fault::CannotWrite(error.to_string()))?;
    Ok(Answer { n_bytes: text.len() as u64, ..answer })
}

/// Waits before a busy server is asked again: 1, 2, 4 s, and no longer than what was asked for takes. `false` if it
/// is not wanted any more.
fn waits_again(step: &Step, tries: u32, board: &Board) -> bool {
    let seconds = f64::from(1_u32 << (tries - 1)).min(step.seconds.max(1.0));
    board.wait(Duration::from_secs_f64(seconds))
}

/// Gives a file its name, if it is what it should be.
fn keep(
    host: &Host,
    step: &Step,
    address: &Address,
    mut part: PartFile,
    answer: &Answer,
    cut: Option<String>,
) -> Outcome {
    let miss = |sentence| Miss { sentence, status: Some(200), is_final: false };
    let bytes = FileBytes::open(part.path()).map_err(|error| miss(error.to_string()))?;
    let content = recognized(&step.kind, &bytes).map_err(|what| {
        miss(format!("{} answers {} with {what}", host.target.place(), asked_for(host, step)))
    })?;
    let Content { format, hint, go, build_id } = content;
    let sha256 = sha256(&bytes);
    if let (Kind::Other(name), None) = (&step.kind, &host.name) {
        part.rename(&format!("{}{name}{}", host.prefix, ending(&bytes)));
    }
    drop(bytes);
    let path = part.finish().map_err(|error| cannot_write(step, &error))?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let request = address.without_secrets().to_string();
    let request = request
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map(|(_, path)| format!("/{path}"));
    let member = Member {
        file,
        path,
        stem: step.file.clone(),
        kind: step.kind.name().to_owned(),
        format,
        request: request.unwrap_or_default(),
        started: rfc3339(answer.started),
        first_byte: rfc3339(answer.first_byte),
        ended: rfc3339(answer.ended),
        bytes: answer.n_bytes,
        sha256,
        server_date: answer.date.clone(),
        cut,
        dated: answer.date.as_deref().and_then(date_seconds).map(|date| Dated {
            asked: answer.started,
            header: answer.first_byte,
            date,
        }),
        program: Program { go, build_id },
    };
    Ok((member, hint))
}

/// What the server is asked for, in its own words.
fn asked_for<'a>(host: &'a Host, step: &'a Step) -> &'a str {
    if host.target.is_exact() { host.target.address().last_element() } else { step.kind.handler() }
}

fn address_of(host: &Host, step: &Step) -> Address {
    let parameters: Vec<(&str, &str)> =
        step.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.target.request(step.kind.handler(), &parameters)
}

fn deadlines(address: &Address, rules: &Rules) -> Deadlines {
    let usual = Deadlines::of(address);
    rules.timeout.map_or(usual, |timeout| usual.within(timeout))
}

fn about<'a>(
    target: &'a Target,
    what: &'a str,
    listed: &'a [String],
    elapsed: Duration,
    place: &'a str,
) -> About<'a> {
    let base = target.address().path();
    let base = match base.rsplit_once('/') {
        Some((folder, _)) if target.is_exact() => folder,
        _ if base.is_empty() => USUAL_BASE,
        _ => base,
    };
    About { place, what, base, elapsed, listed, options: Options::Own }
}

fn cannot_write(step: &Step, error: &io::Error) -> Miss {
    Miss { sentence: format!("{} cannot be written: {error}", step.file), status: None, is_final: true }
}

/// A moment as RFC 3339, in ms: always three digits of the second, so that moments sort as text.
pub fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let whole = rfc3339_utc(i64::try_from(since.as_secs()).unwrap_or(0), 0);
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_text() {
        let at = |millis| rfc3339(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(at(1_795_763_471_270), "2026-11-27T07:11:11.270Z");
        let moments = [999, 1_000, 1_050, 1_120, 1_123].map(at);
        assert!(moments.is_sorted(), "{moments:?}");
    }
}
