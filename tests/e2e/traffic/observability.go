package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// observability serves
//
//	/metrics        all pods, each series with the labels namespace and pod
//	/metrics?pod=P  one pod alone, without those labels: as the pod itself would export it
//	/targets        the pods as such targets, for Prometheus' HTTP discovery
//	/healthz
func (p *proxy) observability() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, "ok") })
	mux.HandleFunc("/targets", p.targets)
	mux.HandleFunc("/metrics", p.metrics)
	return mux
}

func (p *proxy) metrics(out http.ResponseWriter, in *http.Request) {
	only, isOne := in.URL.Query()["pod"]
	wanted := func(pod string) bool { return !isOne || pod == only[0] }
	labels := func(pod string) string {
		text := fmt.Sprintf(`service="%s"`, p.service)
		if !isOne {
			text += fmt.Sprintf(`,namespace="%s",pod="%s"`, p.namespace, pod)
		}
		return text
	}
	p.durations.write(out, wanted, labels)
	fmt.Fprintf(out, "# TYPE http_requests_in_flight gauge\n")
	for _, one := range p.pods.all() {
		if wanted(one.pod) {
			fmt.Fprintf(out, "http_requests_in_flight{%s} %d\n", labels(one.pod), one.inFlight.Load())
		}
	}
}

func (p *proxy) targets(out http.ResponseWriter, _ *http.Request) {
	type target struct {
		Targets []string          `json:"targets"`
		Labels  map[string]string `json:"labels"`
	}
	all := []target{}
	for _, one := range p.pods.all() {
		all = append(all, target{[]string{p.metricsAddress}, map[string]string{
			"__param_pod": one.pod, "namespace": p.namespace, "pod": one.pod}})
	}
	out.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(out).Encode(all)
}
