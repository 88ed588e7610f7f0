package catalog

import (
	"fmt"
	"html/template"
	"io"
)

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"money": money}).Parse(`<!doctype html>
<title>{{.Query}}</title>
{{define "category"}}<li>{{.Name}} ({{.Count}}){{if .Children}}<ul>{{range .Children}}{{template "category" .}}{{end}}</ul>{{end}}</li>{{end}}
<ul>{{template "category" .Categories}}</ul>
<table>{{range $i, $hit := .Hits}}
<tr class="{{if lt $i 3}}first{{else}}rest{{end}}"><td><a href="/catalog?sku={{.SKU}}">{{.Name}}</a></td>
<td>{{money .Cents}}</td><td>{{range .Tags}}<b>{{.}}</b> {{end}}</td><td title="{{.Text}}">{{printf "%.2f" .Score}}</td></tr>{{end}}
</table>
`))

func money(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// page is what the template shows.
type page struct {
	Query      string
	Categories *category
	Hits       []Hit
}

func (p page) render(w io.Writer) error { return pageTemplate.Execute(w, p) }
