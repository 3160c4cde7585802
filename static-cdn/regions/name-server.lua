-- dnsdist: whose word counts. A resolver that is listed says with EDNS (RFC 7871) for which network it asks;
-- for all others the address that asked counts, whatever they say.
setLocal("0.0.0.0:5300")
setACL({ "0.0.0.0/0", "::/0" })
setSecurityPollSuffix("") -- it asks nobody for news
newServer({ address = os.getenv("REGION_MAP"), useClientSubnet = true, checkName = "ns.sightline.test.", checkType = "A", checkInterval = 1 })
setECSSourcePrefixV4(32)
setECSSourcePrefixV6(128)
setECSOverride(true)

local listed = newNMG()
for network in string.gmatch(os.getenv("ECS_RESOLVERS") or "", "[^, ]+") do
    listed:addMask(network)
end
addAction(NetmaskGroupRule(listed), SetECSOverrideAction(false))
addAction(MaxQPSIPRule(200, 32, 64), DropAction()) -- nobody floods a third with our answers
