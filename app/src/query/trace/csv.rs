//! A table of a trace as CSV (RFC 4180): names in full, none of them a formula, raw integers with their unit in the title.

use csv::{Terminator, WriterBuilder};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::csv_cell;

use super::table_columns::ValueKind;
use super::table_rows::TraceRows;

impl TraceRows {
    /// All rows, in their order, below the titles.
    pub fn csv(&self, model: &TraceModel, name_title: &str) -> String {
        let titles = self.columns.iter().map(|column| {
            let unit = match column.kind {
                ValueKind::Duration | ValueKind::Moment => " (ns)",
                ValueKind::Bytes => " (bytes)",
                ValueKind::Count | ValueKind::Number => "",
            };
            format!("{}{unit}", column.title)
        });
        let titles = [name_title.to_owned()].into_iter().chain(titles).collect();
        let rows = (0..self.len()).map(|row| {
            let name = csv_cell(&model.tables().string_lossy(self.name(model, row))).into_owned();
            let values = (0..self.columns.len()).map(|column| self.value(model, row, column).to_string());
            [name].into_iter().chain(values).collect()
        });
        text([titles].into_iter().chain(rows))
    }
}

/// Records of the same number of fields as CSV, each line ended by CR LF.
fn text(records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(&record).expect("memory takes everything, and all records have the same length");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("all fields are text")
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn fields_with_commas_quotes_and_line_breaks_are_quoted() {
        let records = [["function", "say \"go\"\n"], ["net/http.(*conn).serve", "a,b"]];
        let records = records.map(|record| record.map(str::to_owned).to_vec());
        assert_eq!(
            text(records.into_iter()),
            "function,\"say \"\"go\"\"\n\"\r\nnet/http.(*conn).serve,\"a,b\"\r\n"
        );
    }
}
