package main

import (
	"fmt"
	"io"
	"sort"
	"sync"
	"time"
)

// Upper edges in seconds; those of the Prometheus clients with finer ones below.
var edges = []float64{.001, .0025, .005, .01, .025, .05, .075, .1, .15, .25, .35, .5, .75, 1,
	1.5, 2.5, 5, 10}

type series struct{ pod, code, route string }

// Routes are labels, so there must not be more than the pods could have.
const mostRoutes = 32

type histogram struct {
	counts []uint64 // by bucket, not cumulative; the last is beyond all edges
	sum    float64
}

// histograms count finished requests of one Service by pod, code, path and duration.
type histograms struct {
	mutex  sync.Mutex
	all    map[series]*histogram
	routes map[string]bool
}

func (h *histograms) record(pod, code, path string, duration time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	key := series{pod, code, h.route(path)}
	one := h.all[key]
	if one == nil {
		if h.all == nil {
			h.all = make(map[series]*histogram)
		}
		one = &histogram{counts: make([]uint64, len(edges)+1)}
		h.all[key] = one
	}
	seconds := duration.Seconds()
	one.counts[sort.SearchFloat64s(edges, seconds)]++
	one.sum += seconds
}

// route is the path, or "other" once there are too many.
func (h *histograms) route(path string) string {
	if h.routes == nil {
		h.routes = make(map[string]bool)
	}
	if !h.routes[path] && len(h.routes) >= mostRoutes {
		return "other"
	}
	h.routes[path] = true
	return path
}

// forgetOthers drops what was counted for pods that are gone, as their own exporters would.
func (h *histograms) forgetOthers(pods map[string]bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for key := range h.all {
		if key.pod != "" && !pods[key.pod] {
			delete(h.all, key)
		}
	}
}

// write prints the series that `wanted` is true for, in Prometheus' text format.
func (h *histograms) write(out io.Writer, wanted func(pod string) bool,
	labels func(pod string) string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var keys []series
	for key := range h.all {
		if wanted(key.pod) {
			keys = append(keys, key)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		return a.pod+" "+a.code+" "+a.route < b.pod+" "+b.code+" "+b.route
	})
	const name = "http_request_duration_seconds"
	fmt.Fprintf(out, "# TYPE %s histogram\n", name)
	for _, key := range keys {
		one := h.all[key]
		text := fmt.Sprintf(`%s,code="%s",path=%q`, labels(key.pod), key.code, key.route)
		var count uint64
		for i, in := range one.counts {
			count += in
			edge := "+Inf"
			if i < len(edges) {
				edge = fmt.Sprint(edges[i])
			}
			fmt.Fprintf(out, "%s_bucket{%s,le=\"%s\"} %d\n", name, text, edge, count)
		}
		fmt.Fprintf(out, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, text, one.sum, name, text, count)
	}
}
