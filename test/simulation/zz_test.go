package simulation
import ("testing";"pgregory.net/rapid";"fmt";"strings")
func TestZZ(t *testing.T){
 n:=0
 ops:=map[string]int{}
 rapid.Check(t,func(r *rapid.T){ c:=drawCase(r,n%2==1); n++
  _,story,err:=simulate(c); if err!=nil {fmt.Println(err); ops["err"]++}
  for _,s:=range story { f:=strings.Fields(s); if len(f)>1 { k:=f[0]; if k=="step" {k+=" "+strings.Split(f[1]," ")[0]}; if k=="applied"||k=="refused"||k=="failed"||k=="planned" {k+=" "+f[1]+f[2]}; ops[k]++ } }
  if n<6 { fmt.Println(c); fmt.Println(strings.Join(story,"\n")) }
 })
 for k,v:=range ops {fmt.Println(v,k)}
}
