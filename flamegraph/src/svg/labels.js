
// Labels that read: as much of a Go name as fits, its end first. Takes the place of inferno's function of this name.
function fitting_label(name, room) {
    if (name.length <= room) return name;
    var bracket = name.search(/[\[(<{ ]/);
    var path = bracket < 0 ? name : name.slice(0, bracket);
    var short_name = name.slice(path.lastIndexOf("/") + 1);
    if (short_name.length <= room) return short_name;
    var within = short_name.slice(short_name.indexOf(".") + 1);
    if (within.length <= room) return within;
    var method = within.slice(within.lastIndexOf(").") + 1).replace(/^\./, "");
    if (method.length <= room) return method;
    return room < 3 ? "" : method.slice(0, room - 1) + "\u2026";
}
function update_text_for_elements(elements) {
    var frames_width = parseFloat(frames.attributes.width.value);
    var letter_width = known_font_width || fontsize * fontwidth;
    var labels = [];
    // All reading before all writing: the browser lays out once.
    for (var i = 0; i < elements.length; i++) {
        var rect = find_child(elements[i], "rect");
        var name = g_to_text(elements[i]).replace(/ \([^(]*\)$/, "");
        var room = Math.floor((parseFloat(rect.attributes.width.value) * frames_width / 100 - 6) / letter_width);
        labels.push([parseFloat(rect.attributes.x.value) + 300 / frames_width, fitting_label(name, room)]);
    }
    for (var i = 0; i < elements.length; i++) {
        var text = find_child(elements[i], "text");
        text.attributes.x.value = format_percent(labels[i][0]);
        text.textContent = labels[i][1];
    }
}
