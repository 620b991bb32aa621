package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// proxyOver has ready pods "a", "b", ... at the addresses.
func proxyOver(log *bytes.Buffer, addresses ...string) *proxy {
	p := &proxy{namespace: "default", service: "web", timeout: 200 * time.Millisecond,
		accessLog: bufio.NewWriter(log), transport: &http.Transport{}}
	for i, address := range addresses {
		p.pods.ready = append(p.pods.ready, &backend{pod: string(rune('a' + i)), address: address})
	}
	return p
}

func ask(p *proxy) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, httptest.NewRequest("GET", "/cheap", nil))
	p.flush()
	return recorder
}

func served(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestAPodThatCannotBeReachedIsPassedOver(t *testing.T) {
	var log bytes.Buffer
	p := proxyOver(&log, closed(t),
		served(t, func(out http.ResponseWriter, _ *http.Request) { out.Write([]byte("done")) }))
	answer := ask(p)
	if answer.Code != 200 || answer.Body.String() != "done" {
		t.Errorf("answer %d %q", answer.Code, answer.Body)
	}
	// Two upstreams in the log, as nginx writes them, and a count for the one that served.
	if !regexp.MustCompile(`"GET /cheap HTTP/1.1" 200 4 "-" "-" \d\.\d{3} \S+, \S+ \S+, \S+\n$`).
		MatchString(log.String()) {
		t.Errorf("log %q", log.String())
	}
	if len(p.durations.all) != 1 || p.durations.all[series{"b", "200", "/cheap"}] == nil {
		t.Errorf("counted %v", p.durations.all)
	}
}

func TestWithoutPodsTheAnswerIs503(t *testing.T) {
	var log bytes.Buffer
	if answer := ask(proxyOver(&log)); answer.Code != 503 {
		t.Errorf("answer %d", answer.Code)
	}
	if !strings.HasSuffix(log.String(), " - -\n") {
		t.Errorf("log %q", log.String())
	}
}

func TestAPodThatHangsIs504AndCounted(t *testing.T) {
	var log bytes.Buffer
	ended := make(chan struct{})
	p := proxyOver(&log, served(t, func(http.ResponseWriter, *http.Request) { <-ended }))
	answer := ask(p)
	close(ended)
	if answer.Code != 504 || p.durations.all[series{"a", "504", "/cheap"}] == nil {
		t.Errorf("answer %d, counted %v", answer.Code, p.durations.all)
	}
	if p.pods.ready[0].inFlight.Load() != 0 {
		t.Error("the request is in flight still")
	}
}

func TestTheLeastBusyPodIsTakenAndEqualsInTurn(t *testing.T) {
	p := proxyOver(&bytes.Buffer{}, "x:1", "y:1")
	first, second := p.pods.take(nil), p.pods.take(nil)
	if first == second {
		t.Error("one pod was taken twice while the other had nothing to do")
	}
	second.inFlight.Add(-1)
	if third := p.pods.take(nil); third != second {
		t.Error("the busier pod was taken")
	}
}

func TestHistogramBucketsAreCumulative(t *testing.T) {
	var h histograms
	for _, ms := range []int{1, 30, 30, 20000} { // edges belong to the bucket below them
		h.record("a", "200", "/x", time.Duration(ms)*time.Millisecond)
	}
	var out bytes.Buffer
	h.write(&out, func(string) bool { return true }, func(string) string { return `pod="a"` })
	for _, line := range []string{`{pod="a",code="200",path="/x",le="0.001"} 1`, `le="0.025"} 1`,
		`le="0.05"} 3`, `le="10"} 3`, `le="+Inf"} 4`, `_count{pod="a",code="200",path="/x"} 4`} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %s in\n%s", line, out.String())
		}
	}
}

func TestPathsBeyondTheBoundAreCountedAsOthers(t *testing.T) {
	var h histograms
	for i := 0; i < 2*mostRoutes; i++ {
		h.record("a", "200", fmt.Sprint("/", i), time.Millisecond)
	}
	if len(h.all) != mostRoutes+1 || h.all[series{"a", "200", "other"}].counts[0] != mostRoutes {
		t.Errorf("%d series", len(h.all))
	}
}
