package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"
)

// point is the wish at one moment; between points rate and mix change in straight lines.
type point struct {
	At   float64            `json:"at"`   // seconds since the start
	Rate float64            `json:"rate"` // requests a second
	Mix  map[string]float64 `json:"mix"`  // weight by path
}

// plan is a curve of rates with a changing mix of paths.
type plan []point

const maxRate = 5000

func readPlan(file string) (plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var points plan
	if err := json.Unmarshal(text, &points); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, one := range points {
		if len(one.Mix) == 0 || one.Rate < 0 || one.Rate > maxRate || (i > 0 && one.At <= points[i-1].At) {
			return nil, fmt.Errorf("%s: point %d wants a mix, a rate in [0, %d], and a time after "+
				"the point before", file, i, maxRate)
		}
	}
	if len(points) < 2 {
		return nil, fmt.Errorf("%s: a plan has two points or more", file)
	}
	return points, nil
}

func (p plan) duration() float64 { return p[len(p)-1].At }

func (p plan) highestRate() float64 {
	highest := 0.0
	for _, one := range p {
		highest = max(highest, one.Rate)
	}
	return highest
}

// at gives the two points around a moment, and how far between them it lies.
func (p plan) at(seconds float64) (before, after point, share float64) {
	i := sort.Search(len(p), func(i int) bool { return p[i].At > seconds })
	if i == 0 {
		return p[0], p[0], 0
	}
	if i == len(p) {
		return p[i-1], p[i-1], 0
	}
	before, after = p[i-1], p[i]
	return before, after, (seconds - before.At) / (after.At - before.At)
}

func (p plan) rate(seconds float64) float64 {
	before, after, share := p.at(seconds)
	return before.Rate + share*(after.Rate-before.Rate)
}

// path draws a path from the mix of that moment.
func (p plan) path(seconds float64, random *rand.Rand) string {
	before, after, share := p.at(seconds)
	weights := make(map[string]float64)
	total := 0.0
	for mix, part := range map[*point]float64{&before: 1 - share, &after: share} {
		for path, weight := range mix.Mix {
			weights[path] += part * weight
			total += part * weight
		}
	}
	paths := make([]string, 0, len(weights))
	for path := range weights {
		paths = append(paths, path)
	}
	sort.Strings(paths) // so that a seed means the same requests each time
	left := random.Float64() * total
	for _, path := range paths {
		left -= weights[path]
		if left < 0 {
			return path
		}
	}
	return paths[len(paths)-1]
}

// arrival is a request to come.
type arrival struct {
	at   float64
	path string
}

// arrivals draws a Poisson process of the plan's rate, by thinning one of its highest.
func (p plan) arrivals(random *rand.Rand, give func(arrival) bool) {
	highest := p.highestRate()
	if highest == 0 {
		return
	}
	for at := random.ExpFloat64() / highest; at < p.duration(); at += random.ExpFloat64() / highest {
		if random.Float64()*highest < p.rate(at) && !give(arrival{at, p.path(at, random)}) {
			return
		}
	}
}
