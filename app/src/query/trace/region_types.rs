//! How long user regions take by type; a type is a name and the function that started the region.

use goscope_analysis::trace::regions::{RegionType, region_types};

use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// All types of regions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegionTypesQuery;

/// Types of regions.
#[derive(Clone, Debug, Default)]
pub struct RegionTypes {
    /// One for each name and place in the code.
    pub types: Vec<RegionType>,
}

impl Question for RegionTypesQuery {
    type Answer = RegionTypes;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<RegionTypes, QuestionError> {
        Ok(RegionTypes { types: region_types(documents.model()?) })
    }
}
