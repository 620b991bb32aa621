// Writes node.hex and pod.hex into the working folder: a Node and a Pod as Kubernetes' own code puts
// them on the wire, and so as Cluster Autoscaler sends them. README.md says how it was run.
package main

import (
	"encoding/hex"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func write(name string, object interface{ Marshal() ([]byte, error) }) {
	bytes, err := object.Marshal()
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(name, []byte(hex.EncodeToString(bytes)+"\n"), 0o644); err != nil {
		panic(err)
	}
}

func list(values map[corev1.ResourceName]string) corev1.ResourceList {
	quantities := corev1.ResourceList{}
	for name, value := range values {
		quantities[name] = resource.MustParse(value)
	}
	return quantities
}

func main() {
	at := metav1.NewTime(time.Unix(1796083200, 0))
	write("node.hex", &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "template-node-for-spot-b", UID: "11111111-2222-3333-4444-555555555555",
			CreationTimestamp: at,
			Labels: map[string]string{
				corev1.LabelInstanceTypeStable: "m6i.2xlarge",
				corev1.LabelTopologyZone:       "eu-west-1b",
				"eks.amazonaws.com/capacityType": "SPOT",
			},
			Annotations: map[string]string{"note": "passed over"},
		},
		Spec: corev1.NodeSpec{
			ProviderID: "aws:///eu-west-1b/i-0",
			Taints:     []corev1.Taint{{Key: "spot", Value: "true", Effect: corev1.TaintEffectNoSchedule}},
		},
		Status: corev1.NodeStatus{
			Capacity:    list(map[corev1.ResourceName]string{"cpu": "8", "memory": "32Gi", "pods": "58"}),
			Allocatable: list(map[corev1.ResourceName]string{"cpu": "7910m", "memory": "30Gi", "pods": "58"}),
			Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: at}},
			NodeInfo:    corev1.NodeSystemInfo{Architecture: "amd64", OperatingSystem: "linux"},
		},
	})
	grace := int64(30)
	write("pod.hex", &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "web-7d9f", Namespace: "shop", CreationTimestamp: at,
			Labels: map[string]string{"app": "web"},
		},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			NodeSelector:                  map[string]string{"disk": "ssd"},
			Volumes:                       []corev1.Volume{{Name: "tmp"}},
			InitContainers:                []corev1.Container{{Name: "init", Image: "i"}},
			Containers: []corev1.Container{
				{Name: "main", Image: "web:1", Command: []string{"web"}, Resources: corev1.ResourceRequirements{
					Limits:   list(map[corev1.ResourceName]string{"cpu": "1"}),
					Requests: list(map[corev1.ResourceName]string{"cpu": "250m", "memory": "512Mi"}),
				}},
				{Name: "side", Image: "side:1", Resources: corev1.ResourceRequirements{
					Requests: list(map[corev1.ResourceName]string{"cpu": "100m", "memory": "64Mi"}),
				}},
			},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	})
}
