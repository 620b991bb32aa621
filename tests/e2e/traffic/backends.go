package main

import (
	"context"
	"net/url"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The rig's kubelet says there where the pod really listens; the address in the
// EndpointSlice is only for show.
const addressAnnotation = "loadcurve-rig/address"

type endpointSlice struct {
	Metadata  metadata `json:"metadata"`
	Endpoints []struct {
		Conditions struct {
			Ready       *bool `json:"ready"`
			Serving     *bool `json:"serving"`
			Terminating *bool `json:"terminating"`
		} `json:"conditions"`
		TargetRef *struct {
			Name string `json:"name"`
		} `json:"targetRef"`
	} `json:"endpoints"`
}

func (s endpointSlice) name() string { return s.Metadata.Name }

type pod struct {
	Metadata metadata `json:"metadata"`
}

func (p pod) name() string { return p.Metadata.Name }

// backend is one pod that requests may go to.
type backend struct {
	pod      string
	address  string
	inFlight atomic.Int64
}

// backends are the ready pods of a Service.
type backends struct {
	mutex  sync.Mutex
	slices map[string]endpointSlice
	pods   map[string]pod
	ready  []*backend
	next   int
}

// followService keeps the backends those of the Service's EndpointSlices.
func (b *backends) followService(ctx context.Context, s *apiServer, namespace, service string) {
	var found struct {
		Spec struct {
			Selector map[string]string `json:"selector"`
		} `json:"spec"`
	}
	path := "/api/v1/namespaces/" + namespace
	for s.get(ctx, path+"/services/"+service, nil, &found) != nil && ctx.Err() == nil {
		time.Sleep(200 * time.Millisecond)
	}
	var pairs []string
	for key, value := range found.Spec.Selector {
		pairs = append(pairs, key+"="+value)
	}
	sort.Strings(pairs)
	go follow(ctx, s, path+"/pods", url.Values{"labelSelector": {strings.Join(pairs, ",")}},
		func(pods map[string]pod) { b.update(func() { b.pods = pods }) })
	follow(ctx, s, "/apis/discovery.k8s.io/v1/namespaces/"+namespace+"/endpointslices",
		url.Values{"labelSelector": {"kubernetes.io/service-name=" + service}},
		func(slices map[string]endpointSlice) { b.update(func() { b.slices = slices }) })
}

// update changes what is known and works out the ready pods from it.
func (b *backends) update(change func()) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	change()
	before := make(map[string]*backend)
	for _, one := range b.ready {
		before[one.pod+" "+one.address] = one
	}
	var ready []*backend
	for _, slice := range b.slices {
		for _, endpoint := range slice.Endpoints {
			if endpoint.TargetRef == nil || endpoint.Conditions.Ready == nil ||
				!*endpoint.Conditions.Ready {
				continue
			}
			name := endpoint.TargetRef.Name
			address := b.pods[name].Metadata.Annotations[addressAnnotation]
			if address == "" {
				continue
			}
			kept := before[name+" "+address]
			if kept == nil {
				kept = &backend{pod: name, address: address}
			}
			ready = append(ready, kept)
		}
	}
	sort.Slice(ready, func(i, j int) bool { return ready[i].pod < ready[j].pod })
	b.ready = ready
}

// take chooses the pod with the fewest requests in flight, in turn among equals, that is
// not among `tried`; nil where there is none. The caller ends it by release.
func (b *backends) take(tried []*backend) *backend {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var best *backend
	for i := range b.ready {
		one := b.ready[(b.next+i)%len(b.ready)]
		if contains(tried, one) {
			continue
		}
		if best == nil || one.inFlight.Load() < best.inFlight.Load() {
			best = one
		}
	}
	if best != nil {
		b.next++
		best.inFlight.Add(1)
	}
	return best
}

func (b *backends) all() []*backend {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.ready
}

func contains(all []*backend, one *backend) bool {
	for _, other := range all {
		if other == one {
			return true
		}
	}
	return false
}
