//! A group of instances: tasks of a type, regions of a name, requests to an endpoint.

use crate::trace::answers::instances::AnswerInstance;
use crate::trace::answers::population::Population;
use crate::trace::answers::why::Why;

/// A group of instances with what its time went to.
pub(super) struct Group<'f> {
    pub(super) population: Population,
    pub(super) instances: &'f [AnswerInstance],
    pub(super) why: Why,
}
