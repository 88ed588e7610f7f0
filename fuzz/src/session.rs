//! Sessions, handles and ranges, archives and pages of indexes: what has a written form is read back from it as the same.

use std::path::Path;

use goscope::archive::Archive;
use goscope::capture::index::listed;
use goscope::query::trace::handle::Handle;
use goscope::query::trace::times::Times;
use goscope::session::format::{session_of, session_text};

pub(crate) fn run(data: &[u8]) {
    let folder = Path::new("/src");
    if let Ok(session) = session_of(data, folder) {
        let text = session_text(&session, folder).expect("what was read is written");
        let again = session_of(text.as_bytes(), folder).expect("what is written is read");
        assert_eq!(session_text(&again, folder).expect("written"), text);
    }
    if Archive::is_one(data)
        && let Ok(archive) = Archive::read(data.to_vec().into())
    {
        for member in archive.members() {
            if let Ok(content) = archive.content(member) {
                assert_eq!(content.len() as u64, member.n_bytes, "{member:?}");
            }
        }
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = listed(text);
    if let Ok(handle) = text.parse::<Handle>() {
        assert_eq!(handle.to_string().parse::<Handle>(), Ok(handle));
    }
    if let Ok(times) = text.parse::<Times>() {
        assert_eq!(times.to_string().parse::<Times>().ok().is_some(), !times.is_moment());
    }
}
