package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// teamPolicy lets a team declare the access to its own clusters, and to no others:
// the partition key of an item is the cluster's ARN. The partition "*", where the
// policies and the kill switch are, is nobody's cluster.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func teamPolicy(table, key, region string, clusters []string) []allow {
	return []allow{
		{
			sid:       "DeclareOwnClusters",
			actions:   []string{"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
			resources: []string{table},
			conditions: map[string]any{
				"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": clusters},
				// ForAllValues is content with a request that has no keys at all.
				"Null": map[string]any{"dynamodb:LeadingKeys": "false"},
			},
		},
		{
			sid:       "UseTheTablesKey",
			actions:   []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
			resources: []string{key},
			conditions: map[string]any{"StringEquals": map[string]any{
				"kms:ViaService": "dynamodb." + region + ".amazonaws.com",
			}},
		},
	}
}

// addTeams makes a policy for each team that the context names, to attach to the
// team's roles.
func (h *hub) addTeams() {
	for _, team := range h.options.Teams {
		policy := awsiam.NewManagedPolicy(h.stack, jsii.String("Team"+team.Name), &awsiam.ManagedPolicyProps{
			Description: jsii.String("Lets team " + team.Name + " declare who may reach its caches"),
			Document:    document(teamPolicy(*h.intents.TableArn(), *h.tablesKey.KeyArn(), h.place.region, team.Clusters)),
		})
		addOutput(h.stack, "TeamPolicy"+camel(team.Name), *policy.ManagedPolicyArn())
	}
}
