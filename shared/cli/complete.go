package cli

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
)

// completeFiles makes the shell offer files of some kinds for a flag. An error
// can only mean that the flag does not exist, which the tests would show.
func completeFiles(c *cobra.Command, flag string, extensions ...string) {
	_ = c.MarkFlagFilename(flag, extensions...)
}

// completePaths makes the shell offer the six paths for --path.
func completePaths(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("path", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, p := range intent.Paths() {
			names = append(names, string(p))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeScene offers what the world of --world holds: clusters first, then
// sources, where there is to be one. With --live, the clusters of the deployment's
// table. Without a world that can be read there is nothing to offer.
func (a *app) completeScene(flags *sceneFlags, source bool) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if flags.live {
			return a.completeClusters(&flags.liveFlags)(c, args, "")
		}
		if flags.world == "" || flags.world == standardInput {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		_, data, ok := (&inputs{app: a}).read(c.Context(), "the world", flags.world)
		if !ok {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		world, _, err := awssim.Load(flags.world, data)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		switch {
		case len(args) == 0:
			return clusterWords(world), cobra.ShellCompDirectiveNoFileComp
		case len(args) == 1 && source:
			return sourceWords(world), cobra.ShellCompDirectiveNoFileComp
		default:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

func clusterWords(world *awssim.World) []string {
	var out []string
	for _, regions := range world.Accounts() {
		for _, r := range regions {
			for _, c := range r.ReplicationGroups {
				out = append(out, aws.ToString(c.ReplicationGroupId)+"\treplication group")
			}
			for _, c := range r.ServerlessCaches {
				out = append(out, aws.ToString(c.ServerlessCacheName)+"\tserverless cache")
			}
			for _, c := range r.CacheClusters {
				if c.ReplicationGroupId == nil {
					out = append(out, aws.ToString(c.CacheClusterId)+"\tcache cluster")
				}
			}
		}
	}
	return offered(out)
}

func sourceWords(world *awssim.World) []string {
	var out []string
	for account, regions := range world.Accounts() {
		for _, r := range regions {
			for _, g := range r.SecurityGroups {
				out = append(out, account+"/"+aws.ToString(g.GroupId)+"\t"+aws.ToString(g.GroupName))
			}
			for _, v := range r.Vpcs {
				out = append(out, aws.ToString(v.VpcId)+"\t"+aws.ToString(v.CidrBlock))
			}
			for _, l := range r.ManagedPrefixLists {
				out = append(out, aws.ToString(l.PrefixListId)+"\t"+aws.ToString(l.PrefixListName))
			}
		}
	}
	return offered(out)
}

// offered gives words fit for a shell, in order. A tab stands between a word and
// what describes it.
func offered(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		out = append(out, cleanWord(w))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
