package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"sync"
	"time"
)

// generator sends each request at its time, whatever became of those before: an open loop.
type generator struct {
	target  string
	client  *http.Client
	mutex   sync.Mutex
	records *bufio.Writer
	taken   []float64 // milliseconds since the scheduled start
	failed  int
	lags    []float64 // milliseconds from the schedule to the start
}

func runLoad(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	planFile := flags.String("plan", "", `file: [{"at": 0, "rate": 5, "mix": {"/cheap": 1}}, ...]`)
	target := flags.String("target", "", "URL on a loopback address that the paths are put behind")
	out := flags.String("out", "", "file for scheduled,path,status,latency_ms; status 0: no answer")
	seed := flags.Int64("seed", 1, "of arrivals and paths")
	timeout := flags.Duration("timeout", 10*time.Second, "of a request")
	_ = flags.Parse(arguments)

	points, err := readPlan(*planFile)
	if err != nil {
		return err
	}
	if err := refuseOthers(*target); err != nil {
		return err
	}
	file, err := os.Create(*out)
	if err != nil {
		return err
	}
	defer file.Close()
	g := &generator{target: *target, records: bufio.NewWriter(file), client: &http.Client{
		Timeout:   *timeout,
		Transport: &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true}}}
	fmt.Fprintln(g.records, "scheduled,path,status,latency_ms")
	g.follow(ctx, points, rand.New(rand.NewSource(*seed)))
	if err := g.records.Flush(); err != nil {
		return err
	}
	return g.summarize(os.Stdout)
}

// refuseOthers is an error for a target that is not on this machine.
func refuseOthers(target string) error {
	parsed, err := url.Parse(target)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(parsed.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("the target %q is no loopback address", target)
	}
	return nil
}

func (g *generator) follow(ctx context.Context, points plan, random *rand.Rand) {
	var running sync.WaitGroup
	defer running.Wait()
	started := time.Now()
	points.arrivals(random, func(next arrival) bool {
		scheduled := started.Add(time.Duration(next.at * float64(time.Second)))
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Until(scheduled)):
		}
		running.Add(1)
		go func() {
			defer running.Done()
			g.send(scheduled, next.path)
		}()
		return true
	})
}

func (g *generator) send(scheduled time.Time, path string) {
	lag := time.Since(scheduled)
	status := 0
	if response, err := g.client.Get(g.target + path); err == nil {
		if _, err := io.Copy(io.Discard, response.Body); err == nil {
			status = response.StatusCode
		}
		response.Body.Close()
	}
	taken := float64(time.Since(scheduled).Microseconds()) / 1000
	g.mutex.Lock()
	defer g.mutex.Unlock()
	fmt.Fprintf(g.records, "%.3f,%s,%d,%.3f\n", float64(scheduled.UnixMicro())/1e6, path, status, taken)
	g.taken = append(g.taken, taken)
	g.lags = append(g.lags, float64(lag.Microseconds())/1000)
	if status == 0 || status >= 500 {
		g.failed++
	}
}

// summarize prints one line of JSON.
func (g *generator) summarize(out io.Writer) error {
	sort.Float64s(g.taken)
	sort.Float64s(g.lags)
	of := func(sorted []float64, share float64) float64 {
		if len(sorted) == 0 {
			return 0
		}
		return sorted[int(share*float64(len(sorted)-1))]
	}
	quantile := func(share float64) float64 { return of(g.taken, share) }
	return json.NewEncoder(out).Encode(map[string]any{
		"requests": len(g.taken), "failed": g.failed, "p50_ms": quantile(.5), "p95_ms": quantile(.95),
		"p99_ms": quantile(.99), "p999_ms": quantile(.999), "max_ms": quantile(1),
		"p99_lag_ms": of(g.lags, .99), "max_lag_ms": of(g.lags, 1)})
}
