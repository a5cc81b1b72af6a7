package report_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockfix/lockfix/diffs/report"
)

// A real browser opens the page from disk, and a click on its boxes makes the
// command. It skips where there is no Chromium.
func TestHTMLInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	browser := browser()
	if browser == "" {
		t.Skip("no chromium on PATH")
	}
	p := newProject(t)
	page := string(report.HTML(p.Report, p.sources))
	clicks := `<script>for (const box of document.querySelectorAll("input")) { box.click(); }</script>`
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(strings.Replace(page, "</body>", clicks+"</body>", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("%s does not run here: %v", browser, err)
	}
	_, line, _ := strings.Cut(string(out), "<output>")
	line, _, _ = strings.Cut(line, "</output>")
	var ids []string
	for _, f := range p.Findings {
		if f.Fix.Status == report.Fixable && f.Fix.Applicability != "manual" && !f.Suppressed {
			ids = append(ids, f.ID)
		}
	}
	if !strings.HasPrefix(line, "lockfix fix") || !strings.HasSuffix(line, " ./...") || len(ids) == 0 {
		t.Errorf("the page makes the command %q of %v", line, ids)
	}
	for _, id := range ids {
		if !strings.Contains(line, id) {
			t.Errorf("the command %q lacks %s", line, id)
		}
	}
}

func browser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
