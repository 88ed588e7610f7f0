//! Names of groups, as a person may see them and as two builds have them in common.

use goscope_parsers::trace::StringId;

use super::group::GroupKind;
use crate::trace::model::TraceModel;
use crate::verdict::profiles::names::compared_name;

/// The name of a group. Functions lose type arguments and wrappers; tasks and regions are called what the program says.
pub(super) fn group_name(model: &TraceModel, kind: GroupKind, name: StringId) -> String {
    let name = model.tables().printable(name);
    match kind {
        GroupKind::Goroutine => compared_name(&name).into_owned(),
        GroupKind::Task | GroupKind::Region => name.into_owned(),
    }
}
