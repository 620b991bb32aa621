package main

import (
	"math"
	"math/rand"
	"testing"
)

var slope = plan{
	{At: 0, Rate: 0, Mix: map[string]float64{"/cheap": 1}},
	{At: 100, Rate: 200, Mix: map[string]float64{"/expensive": 1}},
}

func TestRateIsAStraightLineBetweenPoints(t *testing.T) {
	for at, want := range map[float64]float64{-1: 0, 0: 0, 25: 50, 100: 200, 101: 200} {
		if got := slope.rate(at); got != want {
			t.Errorf("at %g s: rate %g, want %g", at, got, want)
		}
	}
}

func TestArrivalsHaveTheRateAndTheMixOfThePlan(t *testing.T) {
	// The area below the slope is 100 * 200 / 2 = 10,000 requests, sigma 100. Of those at
	// time t the share t/100 is expensive: the integral of 2t * t/100 is 6,667.
	var all, expensive int
	before := 0.0
	slope.arrivals(rand.New(rand.NewSource(1)), func(next arrival) bool {
		if next.at < before {
			t.Fatalf("%g comes after %g", next.at, before)
		}
		before = next.at
		all++
		if next.path == "/expensive" {
			expensive++
		}
		return true
	})
	if math.Abs(float64(all)-10000) > 500 || math.Abs(float64(expensive)-6667) > 400 {
		t.Errorf("%d arrivals, %d of them expensive; want about 10000 and 6667", all, expensive)
	}
}

func TestOneSeedMeansTheSameRequests(t *testing.T) {
	draw := func() (found []arrival) {
		slope.arrivals(rand.New(rand.NewSource(7)), func(next arrival) bool {
			found = append(found, next)
			return len(found) < 100
		})
		return found
	}
	first, second := draw(), draw()
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("request %d: %v, then %v", i, first[i], second[i])
		}
	}
}

func TestTargetsElsewhereAreRefused(t *testing.T) {
	for target, isAllowed := range map[string]bool{
		"http://127.64.0.1:80": true, "http://localhost:80": false, "http://198.51.100.1:80": false} {
		if (refuseOthers(target) == nil) != isAllowed {
			t.Errorf("%s: allowed should be %v", target, isAllowed)
		}
	}
}
